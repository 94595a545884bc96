// Passkeys: asks the browser to make one on "your account", and to show one on "log in".
const trouble = document.getElementById("passkey-trouble");
const form = document.getElementById("passkey-add");
const button = document.getElementById("passkey-log-in");

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};

const text = (buffer) => {
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const tell = (words) => {
  trouble.textContent = words;
  trouble.hidden = false;
};

const post = async (address, body, token) => {
  const headers = { "content-type": "application/json", accept: "application/json" };
  if (token) headers["x-csrf-token"] = token;
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const found = await answer.json();
  if (answer.ok) return found;
  throw new Error(`${found.title}. ${found.remedy}`, { cause: found.code });
};

// What browsers take and give in bytes travels as text; those that do this by themselves are still few.
const asked = (options) => {
  const ready = { ...options, challenge: bytes(options.challenge) };
  if (options.user) ready.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) ready[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return { publicKey: ready };
};

const said = (key) => {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[part]) response[part] = text(key.response[part]);
  }
  return { id: key.id, rawId: text(key.rawId), type: key.type, response };
};

const attempt = async (pressed, work) => {
  trouble.hidden = true;
  pressed.disabled = true;
  try {
    location.assign((await work()).next);
  } catch (error) {
    // a browser's own error says nothing that helps: closed, refused, and too late are one to it
    tell(error.cause ? error.message : trouble.dataset.cancelled);
    pressed.disabled = false;
  }
};

const add = () =>
  attempt(form.querySelector("button"), async () => {
    const { label, password, csrf } = Object.fromEntries(new FormData(form));
    const options = await post("/account/passkeys/ask", { password }, csrf);
    const answer = said(await navigator.credentials.create(asked(options)));
    return post("/account/passkeys", { label, answer }, csrf);
  });

const logIn = () =>
  attempt(button, async () => {
    const options = await post("/login/passkey/ask", {});
    return post("/login/passkey", { answer: said(await navigator.credentials.get(asked(options))) });
  });

if (!window.isSecureContext || !window.PublicKeyCredential) {
  document.getElementById("passkey-unable").hidden = false;
} else if (form) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add();
  });
} else {
  button.hidden = false;
  button.addEventListener("click", logIn);
}
