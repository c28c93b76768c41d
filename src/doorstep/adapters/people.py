"""What names a person, sealed under a key of that person's own: destroy the key, and every copy is noise.

AES-256-GCM (NIST SP 800-38D) with a random nonce. Three keys are derived from one secret by keyed BLAKE2b (RFC 7693):
one seals, one makes digests that recognise the same content again (without the secret nobody can try telephone numbers
against them), one is the key's public name, by which a row sealed under a destroyed key is told from a damaged one.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorstep.adapters.errors import StoreDamaged

NAME_BYTES = 8
NONCE_BYTES = 12
SECRET_BYTES = 32
PAD_BYTES = 64


def new_secret() -> bytes:
    """Return 32 random bytes from the operating system."""
    return os.urandom(SECRET_BYTES)


def label(company: str, person_id: str, kind: str, key: str, fact_id: bytes) -> bytes:
    """Return what a sealed part is bound to, so that rows can't be swapped between people, things or companies."""
    return json.dumps([company, person_id, kind, key, fact_id.hex()]).encode()


@dataclass(frozen=True, slots=True)
class PersonKey:
    """One person's key in one company."""

    secret: bytes = field(repr=False)
    name: bytes = field(init=False)
    _seal: AESGCM = field(init=False, repr=False)
    _digest: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _derived(self.secret, b"doorstep name", NAME_BYTES))
        object.__setattr__(self, "_seal", AESGCM(_derived(self.secret, b"doorstep seal", 32)))
        object.__setattr__(self, "_digest", _derived(self.secret, b"doorstep digest", 32))

    def digest(self, label: bytes, text: str) -> bytes:
        """Return 16 bytes that the same text under the same label always gets; meaningless without the secret."""
        return hashlib.blake2b(label + b"\0" + text.encode(), key=self._digest, digest_size=16).digest()

    def sealed(self, label: bytes, text: str) -> bytes:
        """Return key name, nonce and ciphertext. Padded to 64 bytes: the length says little about a name."""
        plain = text.encode()
        plain = plain.ljust(-(-len(plain) // PAD_BYTES) * PAD_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        return self.name + nonce + self._seal.encrypt(nonce, plain, label)

    def opened(self, label: bytes, sealed: bytes) -> str | None:
        """Return the text, or None when it was sealed under a key since destroyed.

        Raises StoreDamaged when the bytes or what they are bound to were changed.
        """
        if sealed[:NAME_BYTES] != self.name:
            return None
        nonce, cipher = sealed[NAME_BYTES : NAME_BYTES + NONCE_BYTES], sealed[NAME_BYTES + NONCE_BYTES :]
        try:
            return self._seal.decrypt(nonce, cipher, label).decode()
        except (InvalidTag, ValueError) as error:
            raise StoreDamaged(
                f"Expected the private part that was sealed for {label.decode()}; its bytes or its place were changed. "
                "Restore people.db from a backup."
            ) from error


def _derived(secret: bytes, purpose: bytes, size: int) -> bytes:
    return hashlib.blake2b(b"", key=secret, person=purpose, digest_size=size).digest()
