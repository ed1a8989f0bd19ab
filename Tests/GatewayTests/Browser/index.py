#!/usr/bin/env python3
"""The page of pages: each link leads to a page of that name, in both languages, and nothing is missing or refused.

    index.py http://127.0.0.1:3010
"""
from browser import main, step
from page import Pictures, check


def body(driver, options):
    pictures = Pictures(options.screenshots)
    for language, size in (("en", (1100, 900)), ("de", (500, 900))):
        browser = driver.browser(size, camera="allowed")
        browser.open(f"{options.base}/index.html?lang={language}")
        browser.wait("links", "return document.querySelectorAll('nav a').length === 7")
        browser.check_accessible()
        pictures.take(browser, f"index-{language}")
        links = browser.run("return [...document.querySelectorAll('nav a')].map((a) => [a.href, a.innerText])")
        for link, name in links:
            step(f"{name}: {link}")
            browser.open(link)
            browser.wait("a title", "return document.querySelector('nav a[aria-current]') && document.querySelector('h1')?.innerText")
            check(browser.run("return document.querySelector('h1').innerText") == name, "another title", name)
            check(browser.run("return document.documentElement.lang") == language, "another language", language)
            browser.check_accessible()
            browser.check_policy()


if __name__ == "__main__":
    main(__doc__, {}, body)
