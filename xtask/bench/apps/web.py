"""Asks a Flask application with an SQLAlchemy database 200 times through its test client."""

from flask import Flask, jsonify, render_template_string, request
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    amount: Mapped[float]
    customer: Mapped[Customer] = relationship(back_populates="orders")


TEMPLATE = "<ul>{% for c in customers %}<li>{{ c.name }}: {{ '%.2f' % totals[c.id] }}</li>{% endfor %}</ul>"
engine = create_engine("sqlite://")
app = Flask(__name__)


def fill(count):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for i in range(count):
            customer = Customer(name=f"customer {i}")
            for k in range(3):
                customer.orders.append(Order(amount=i * 1.5 + k))
            session.add(customer)
        session.commit()


def total(customer):
    amount = 0.0
    for order in customer.orders:
        amount += order.amount
    return amount


@app.get("/")
def index():
    limit = int(request.args.get("limit", 10))
    with Session(engine) as session:
        customers = session.scalars(select(Customer).limit(limit)).all()
        totals = {}
        for customer in customers:
            totals[customer.id] = total(customer)
        return render_template_string(TEMPLATE, customers=customers, totals=totals)


@app.get("/api/<int:number>")
def one(number):
    with Session(engine) as session:
        customer = session.get(Customer, number)
        if customer is None:
            return jsonify(error="no such customer"), 404
        answer = {"name": customer.name, "orders": []}
        for order in customer.orders:
            answer["orders"].append({"id": order.id, "amount": order.amount})
        return jsonify(answer)


fill(50)


def main():
    client = app.test_client()
    for i in range(100):
        assert client.get("/", query_string={"limit": 10 + i % 5}).status_code == 200
        client.get(f"/api/{i % 60 + 1}")
