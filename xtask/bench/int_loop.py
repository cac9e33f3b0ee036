def main():
    total = 0
    i = 0
    while i < 400_000:
        total = (total + i * 3) & 0xFFFFFF
        i += 1
    return total
