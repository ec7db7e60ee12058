"""Sells one bill by Galla and hears of it by the webhook. Python 3.9, no packages.
    GALLA=http://127.0.0.1:8086 TOKEN=… SECRET=… PORT=9000 python3 shop.py BILL-17 250.00
"""
import hashlib, hmac, http.server, json, os, re, sys, threading, time, urllib.error, urllib.parse, urllib.request, uuid
from decimal import Decimal
from pathlib import Path

GALLA, TOKEN, SECRET, PORT = (os.environ[k] for k in ("GALLA", "TOKEN", "SECRET", "PORT"))
reference, rupees = sys.argv[1:]
if not re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", rupees):
    sys.exit(f"{rupees}: write the amount like 250.00")


def call(method, path, body=None, key=None):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    if key:
        headers["Idempotency-Key"] = key
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(GALLA + path, data, headers, method=method), timeout=30) as r:
                return json.load(r)
        except urllib.error.HTTPError as refused:
            said = json.load(refused)
            if refused.code < 500:
                sys.exit(f"{said['detail']}\n{said['next']}")
        except OSError:
            pass
        time.sleep(1)  # the same key: nothing is done twice


# 1. The key is on the disk before the sale is asked for: a program that dies in between asks for the same sale again.
note = Path(urllib.parse.quote(reference, safe="") + ".key")  # a bill may be INV/26-27/17
if not note.exists():
    note.write_text(str(uuid.uuid4()))
paise = int(Decimal(rupees) * 100)  # never by a float
sale = call("POST", "/v1/sales", {"amount_paise": paise, "reference": reference}, note.read_text())
print(f"{sale['name']} is open", flush=True)

# 2. The webhook says when something happened. What the sale is, the till is asked itself: so a message that is lost, late or
# comes twice does no harm.
wake = threading.Event()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        t, *sums = self.headers.get("Galla-Signature", "t=0").split(",")
        at = t.removeprefix("t=")
        right = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        known = any(hmac.compare_digest(s, "v1=" + right) for s in sums)
        if not known or abs(time.time() - int(at)) > 300:
            self.send_error(403)
            return
        self.send_response(204)
        self.end_headers()
        for event in json.loads(body)["events"]:
            if event["sale_id"] == sale["id"] and event.get("milestones"):
                wake.set()

    def log_message(self, *_):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

# 3. Wait for the end. "closing" is no end: money may still come.
while sale["phase"] not in ("paid", "closed"):
    wake.wait(5)
    wake.clear()
    sale = call("GET", f"/v1/sales/{sale['id']}")
if sale["phase"] == "paid":
    print(f"{reference} is paid, RRN {sale['rrn']}")
else:
    print(f"{reference} was not paid: {sale['message']}")
