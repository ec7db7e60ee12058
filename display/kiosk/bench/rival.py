"""The pay screen in pygame, as a careful person would write it: it sleeps until something changes and redraws only the countdown."""
import json, sys, threading
import pygame

width, height = int(sys.argv[1]), int(sys.argv[2])
pygame.display.init()
pygame.font.init()
screen = pygame.display.set_mode((width, height), pygame.FULLSCREEN)
pygame.mouse.set_visible(False)
STATE = pygame.event.custom_type()


def read():
    for line in sys.stdin:
        pygame.event.post(pygame.event.Event(STATE, state=json.loads(line)))


threading.Thread(target=read, daemon=True).start()
fonts = {}


def text(words, size, x, y, colour):
    if size not in fonts:
        fonts[size] = pygame.font.Font(None, size)
    return screen.blit(fonts[size].render(words, True, colour), (x, y))


ink, until, state = (16, 28, 44), 0, None


def left_of(now):
    left = max(until - now, 0)
    step = 10000 if left > 60000 else 5000 if left > 10000 else 1000
    return left, left // step * step


def countdown(now):
    left, shown = left_of(now)
    spot = pygame.Rect(height, height * 8 // 10, width - height, height // 8)
    screen.fill((255, 255, 255), spot)
    text("%d:%02d" % (shown // 60000, shown // 1000 % 60), height // 8, spot.x, spot.y, ink)
    pygame.display.update(spot)
    return left - shown + 1 if left else 0


def draw(s):
    if s["screen"] != "pay":
        screen.fill((18, 50, 79))
        text(s["shop"], height // 10, height // 10, height // 10, (255, 255, 255))
        pygame.display.flip()
        return
    screen.fill((255, 255, 255))
    n = len(s["qr"]) + 8
    module = height * 95 // 100 // n
    at = (height - n * module) // 2
    for y, row in enumerate(s["qr"]):
        for x, dark in enumerate(row):
            if dark == "1":
                screen.fill((0, 0, 0), (at + (x + 4) * module, at + (y + 4) * module, module, module))
    text(s["shop"], height // 13, height, height // 10, ink)
    text(s["amount"], height // 7, height, height // 5, ink)
    text("Scan with any UPI app to pay", height // 14, height, height * 2 // 5, ink)
    pygame.display.flip()


wait = 0
while True:
    event = pygame.event.wait(int(wait)) if wait else pygame.event.wait()
    if event.type == pygame.QUIT:
        break
    if event.type == STATE:
        state = event.state
        draw(state)
        until = pygame.time.get_ticks() + state["left_ms"]
    if state and state["screen"] == "pay":
        wait = countdown(pygame.time.get_ticks())
    else:
        wait = 0
