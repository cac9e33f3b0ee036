import contextlib
import io


def title(names):
    words = [name.strip() for name in names]
    return " / ".join(words + [""])  # faulty


def show(names, stream):
    print("Contents", file=stream)
    print(title(names), file=stream)
    print("end", file=stream)


def shown(names):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        show(names, stream)
    return stream.getvalue()


output = shown([" first", "second "])
assert output == "Contents\nfirst / second\nend\n"
