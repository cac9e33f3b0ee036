"""Expected hints are in comments, separated by bars."""
import os


class Shop:
    size = 3  #: size = 3

    def __init__(self, stock, *, name="s"):  #: =<Shop> | ={'tea': 2, 'jam': 1} |  ← 's'
        self.stock = stock  #: self.stock = {'tea': 2, 'jam': 1}
        self.name: str = name  #: self.name = 's'

    def sell(self, what, count=1):  #: =<Shop stock={'tea': 0, 'jam': 1} name='s'> | ='jam' |  ← 5
        if self.stock[what] < count:  #: → True | ×3
            raise ValueError(what)  #: ⚡ ValueError: jam
        self.stock[what] -= count  #: ×2
        left = self.stock[what]  #: ×2
        return left  #: ×2


def unused(n):
    x = n
    return x


shop = Shop({"tea": 2, "jam": 1})  #: shop = <Shop stock={'tea': 2, 'jam': 1} name='s'>
sold = 0  #: sold = 0
for n in range(2):  #: n = 1 | ×3
    sold += shop.sell("tea") + n  #: sold = 2 | ×2
a, (b, *c) = 1, (2, 3, 4)  #: a = 1 | b = 2 | c = [3, 4]
with open(os.devnull) as file:  #: file = <TextIOWrapper>
    pass
if (long := len("x" * 90)) > 3:  #: long = 90 | → True
    text = "x" * long  #: text = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'…
try:
    shop.sell("jam", 5)  #: ⚡ ValueError: jam
except ValueError as error:  #: error = ValueError('jam')
    print(error)
naïve = {"é": [1]}  #: naïve = {'é': [1]}
naïve["é"].append(2)
naïve["ü"] = "😀"  #: naïve["ü"] = '😀'
match [1, 2, 3]:
    case [first, *rest]:  #: first = 1 | rest = [2, 3]
        total = (  # begins here
            first
            + len(rest)
        )  #: total = 3
words = ["many words " * 3] * 5  #: words = ['many words many words many words ', 'many words many words many words ', 'many…
