name = input("Who? ")
print("Hello,", name)
