"""A mail server that we didn't write: Debian's python3-aiosmtpd. Prints a line of JSON for each mail it takes.

smtpd.py CERT KEY MODE; MODE is starttls, implicit, plain or refuse. The user is galla, the password secret-of-mail.
"""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

cert, key, mode = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        if mode == "refuse":
            return "451 later"
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or mode == "implicit",
            "user": session.auth_data if isinstance(session.auth_data, str) else None,
            "mail": envelope.content.decode(),
        }), flush=True)
        return "250 taken"


def login(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"galla", b"secret-of-mail")
    return AuthResult(success=good, handled=False, auth_data="galla" if good else None)


def protocol():
    secure = mode in ("starttls", "refuse")
    return SMTP(Handler(), tls_context=context if secure else None, require_starttls=secure,
                authenticator=login, auth_required=mode in ("starttls", "implicit"),
                auth_require_tls=mode != "implicit")


async def main():
    made = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=context if mode == "implicit" else None)
    print(made.sockets[0].getsockname()[1], flush=True)
    await made.serve_forever()


asyncio.run(main())
