x = 1
if (
    x and
    not x
):
    print(
        x
    )
else:
    y = [
        x,
        2,
    ]
