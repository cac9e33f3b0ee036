def main():
    words = [f"w{(i * 7919) % 500}" for i in range(2000)]
    counts = {}
    for _ in range(60):
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return len(counts)
