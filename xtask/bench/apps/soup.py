"""Scrapes a page of 2,000 rows with BeautifulSoup."""

from bs4 import BeautifulSoup

ROWS = 2000


def page():
    row = "<tr class='r'><td>{0}</td><td><a href='/x/{0}'>name {0}</a></td></tr>"
    return "<table>" + "".join(row.format(i) for i in range(ROWS)) + "</table>"


def scrape(soup):
    found = []
    for row in soup.find_all("tr", class_="r"):
        cells = row.find_all("td")
        link = cells[1].find("a")
        found.append((int(cells[0].get_text()), link["href"], link.get_text().strip()))
    return found


def main():
    assert len(scrape(BeautifulSoup(page(), "html.parser"))) == ROWS
