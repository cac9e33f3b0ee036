from flask import Flask, current_app, g, request, session

app = Flask("shop")
app.secret_key = "k"


@app.route("/cart/<int:number>")
def cart(number):
    session["x"] = number
    g.user = {"id": number}
    found = current_app, g, request, session
    number += 1  #? g.user["id"] = 3 | 4; request.path = '/cart/3' | '/cart/4'; session["x"] = 3 | 4; current_app.import_name = 'shop' | 'shop'; request.method = 'GET' | 'GET'
    return str(found[1].user["id"])


client = app.test_client()
for n in 3, 4:
    assert client.get(f"/cart/{n}").data == str(n).encode()
