def index(people):
    found = {}
    for person in people:
        found[person["name"]] = person  # faulty
    return found


def mail(people, number):
    return index(people)[number]["mail"]


PEOPLE = [{"id": 1, "name": "Ann", "mail": "a@x"}, {"id": 2, "name": "Bob", "mail": "b@x"}]
print(mail(PEOPLE, 2))
