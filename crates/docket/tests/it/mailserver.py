"""A mail server to test against: aiosmtpd with a Maildir, and a few recipients it treats badly.

    mailserver.py serve FOLDER PORT [--tls CERT KEY] [--auth USER PASSWORD]
    mailserver.py read FOLDER       the mails in the Maildir, as JSON

While FOLDER/hold exists, it does not answer to the end of a mail, and has not taken it either.
"""

import argparse
import asyncio
import email
import email.policy
import json
import pathlib
import ssl

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult


class Post(Mailbox):
    """Takes mails, counts greetings, and refuses whom it is told to."""

    def __init__(self, folder):
        super().__init__(folder / "maildir")
        self.folder = folder
        self.seen = set()

    def note(self, what):
        with open(self.folder / what, "a") as file:
            file.write("x")

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.note("greeted")
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "refused":
            return "550 5.1.1 Nobody of that name lives here"
        if name == "busy" and address not in self.seen:
            self.seen.add(address)
            return "451 4.3.0 Come back later"
        if name == "hangs":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.note("handed")
        while (self.folder / "hold").exists():
            await asyncio.sleep(0.02)
        return await super().handle_DATA(server, session, envelope)


async def serve(options):
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    arguments = {"hostname": "mail.example", "enable_SMTPUTF8": True}
    if options.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*options.tls)
        arguments.update(tls_context=context, require_starttls=True)
    if options.auth:
        wanted = tuple(word.encode() for word in options.auth)

        def check(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login, data.password) == wanted, handled=False)

        arguments.update(authenticator=check, auth_required=True)
    post = Post(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post, loop=loop, **arguments), "127.0.0.1", options.port)
    async with server:
        await server.serve_forever()


def read(options):
    mails = []
    for path in sorted((pathlib.Path(options.folder) / "maildir" / "new").glob("*")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        singles = [part for part in mail.walk() if not part.is_multipart()]
        parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in singles}
        mails.append(
            {
                "to": str(mail["To"]),
                "rcpt": str(mail["X-RcptTo"]),
                "from": str(mail["From"]),
                "subject": str(mail["Subject"]),
                "id": str(mail["Message-ID"]),
                "date": str(mail["Date"]),
                "auto": str(mail["Auto-Submitted"]),
                "type": mail.get_content_type(),
                "parts": parts,
                "defects": [str(defect) for defect in mail.defects],
                "ascii": path.read_bytes().isascii(),
            }
        )
    print(json.dumps(mails))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["serve", "read"])
    parser.add_argument("folder")
    parser.add_argument("port", nargs="?", type=int)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--auth", nargs=2)
    options = parser.parse_args()
    if options.task == "read":
        read(options)
    else:
        asyncio.run(serve(options))


main()
