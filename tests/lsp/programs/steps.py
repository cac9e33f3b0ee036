def double(n):
    result = n * 2
    return result


total = 0
for n in range(4):
    total += double(n)
print(total)
