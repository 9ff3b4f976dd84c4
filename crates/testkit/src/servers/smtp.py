"""A mail server for the tests, on aiosmtpd: keeps what it takes in a folder, one file a mail, and says no on demand.

The part of a recipient before the @ says what becomes of a mail: `rcpt-550-5.1.1-x` is refused at RCPT TO with that code
and enhanced code, `data-554-5.7.1-x` when the mail was said, `never-x` gets no answer to it, `gone-x` loses the line.
"""

import argparse
import asyncio
import email
import json
import logging
import os
import pathlib
import ssl
import sys
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# What it thinks of the connections that tests break off is of no interest.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

parser = argparse.ArgumentParser()
parser.add_argument("--tls", choices=["starttls", "implicit", "none"], required=True)
parser.add_argument("--folder", required=True)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--username")
parser.add_argument("--password")
args = parser.parse_args()
folder = pathlib.Path(args.folder)
kept = 0


def answer(address, stage):
    words = address.split("@")[0].split("-")
    if words[0] == stage and len(words) > 2:
        return f"{words[1]} {words[2]} <{address}> is not welcome here"
    return None


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        refused = answer(address, "rcpt")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global kept
        to = envelope.rcpt_tos[0]
        if to.startswith("gone-"):
            server.transport.abort()
            return "250 nobody hears it"
        if answer(to, "data"):
            return answer(to, "data")
        kept += 1
        content = envelope.original_content
        message_id = email.message_from_bytes(content)["Message-ID"].strip("<> ")
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "hello": session.host_name,
            "tls": session.ssl is not None or args.tls == "implicit",
            "authenticated": bool(session.authenticated),
            "peer": session.peer[1],
        }
        (folder / f"{message_id}.{kept}.json").write_text(json.dumps(told))
        (folder / f"{message_id}.{kept}.eml").write_bytes(content)
        if to.startswith("never-"):
            await asyncio.Event().wait()
        return "250 2.0.0 OK queued"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (args.username.encode(), args.password.encode())
    # "Not handled" makes the server answer 535; otherwise it would say nothing at all.
    return AuthResult(success=right, handled=right)


async def main():
    context = None
    if args.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(args.certificate, args.key)
    options = {"hostname": "mail.test", "enable_SMTPUTF8": False}
    if args.tls == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if args.username:
        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=args.tls == "starttls")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), loop=loop, **options),
        host="127.0.0.1",
        port=0,
        ssl=context if args.tls == "implicit" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def end_with_whoever_began_it():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_whoever_began_it, daemon=True).start()
asyncio.run(main())
