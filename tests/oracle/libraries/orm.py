"""SQLAlchemy: instances whose attributes are descriptors, and are changed by the library."""

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    pets: Mapped[list["Pet"]] = relationship(back_populates="owner")


class Pet(Base):
    __tablename__ = "pet"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id"))
    owner: Mapped[Owner] = relationship(back_populates="pets")


def main():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        owner = Owner(name="ann")
        pet = Pet(name="rex")
        owner.pets.append(pet)
        session.add(owner)
        session.flush()
        number = owner.id
        session.commit()
        name = owner.name
        pet.name = "max"
        found = session.scalars(select(Pet).where(Pet.name == "max")).all()
        count = len(found)
        other = found[0].owner
        same = other is owner
        session.rollback()
        names = [each.name for each in owner.pets]
        for row in session.execute(select(Owner.name, Owner.id)):
            name = row.name
    return number, name, count, same, names


main()
