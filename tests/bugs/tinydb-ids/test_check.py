from tinydb import TinyDB


def test_ids(tmp_path):
    path = tmp_path / "db.json"
    with TinyDB(path) as db:
        db.insert_multiple({"n": n} for n in range(12))
    with TinyDB(path) as db:
        assert db.insert({"n": 12}) == 13
