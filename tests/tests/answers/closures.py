# Variables of enclosing functions are searched for where they are bound.
def outer(rate):
    base = 100  #@ base

    def quote(n):
        total = base * n + rate
        assert total < 500, total
        return total

    first = quote(1)
    base = 700  #@ changed
    limit = 1  #@ limit

    class Body:
        nonlocal limit
        limit = rate  #@ body

    return quote(2)


outer(3)
#? why base: changed outer
#? history base: changed outer, base outer
#? why base @1: changed outer
#? why limit @1: body outer.<locals>.Body
#? history limit @1: body outer.<locals>.Body, limit outer
#? origin limit @1: body outer.<locals>.Body ~ rate
#? origin rate: ~ passed it: 3
#? origin base: changed outer ~ has it: 700
