// Behaviour of the frame. Every page works without it; with it, it works faster and by keyboard.
"use strict";

const one = (selector, root = document) => root.querySelector(selector);

// --- forms: sent once, with a CSRF token that is still good after a login in another tab
function cookie(name) {
  const found = document.cookie.split("; ").find((text) => text.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : "";
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  const token = form.elements.csrfmiddlewaretoken;
  const fresh = cookie(document.body.dataset.csrfCookie);
  if (token && fresh) token.value = fresh;
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  setTimeout(() => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }, 8000);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; form.removeAttribute("aria-busy"); });
});
function focusFirst(root = document) {
  (one("[data-focus]", root) || one("[data-select]", root) || one("[data-focus-checked] :checked", root)
    || (root === document ? null : one("[autofocus]", root)))?.focus();
}
focusFirst();

one("[data-select]")?.select();

// --- menu, dialogs, small helpers
document.addEventListener("click", (event) => {
  const menu = event.target.closest("[data-menu]");
  const side = one("#menu");
  if (menu) {
    const open = side.classList.toggle("open");
    menu.setAttribute("aria-expanded", String(open));
    if (open) one("a", side).focus();
    return;
  }
  if (side?.classList.contains("open") && !side.contains(event.target)) closeMenu();
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (opener.name) {
      const field = one(`[name="${opener.name}"]`, dialog);
      if (field) field.value = opener.value;
    }
    dialog.showModal();
    one("input:not([type=hidden]), button", dialog)?.focus();
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-print]")) window.print();
});
function closeMenu() {
  one("#menu").classList.remove("open");
  one("[data-menu]").setAttribute("aria-expanded", "false");
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-shows]")) showParts(event.target);
  if (event.target.nextElementSibling?.matches(".day-words")) sayDay(event.target);
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
// A field that matters only for some choices: data-shows="#part=value,value"
function showParts(control) {
  control.dataset.shows.split(" ").forEach((rule) => {
    const [selector, values] = rule.split("=");
    const part = one(selector);
    const chosen = control.type === "radio" ? one(`[name="${control.name}"]:checked`)?.value : control.value;
    if (part) part.hidden = !values.split(",").includes(chosen);
  });
}
document.querySelectorAll("[data-shows]").forEach(showParts);

// One tick for all rows of a table: data-every="name of the rows' boxes"
document.querySelectorAll("[data-every]").forEach((box) => {
  const rows = () => [...box.form.querySelectorAll(`[name="${box.dataset.every}"]`)];
  const show = () => { box.checked = rows().length > 0 && rows().every((one) => one.checked); };
  box.hidden = false;
  box.addEventListener("change", () => rows().forEach((one) => { one.checked = box.checked; }));
  box.form.addEventListener("change", (event) => { if (event.target !== box) show(); });
  show();
});

// The chosen day in words, under its field: as core.forms.in_full says it
const inFull = new Intl.DateTimeFormat(document.documentElement.lang, {
  weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
});
function sayDay(control) {
  const day = new Date(`${control.value.slice(0, 10)}T00:00Z`);
  const part = Number.isNaN(day.valueOf())
    ? null : Object.fromEntries(inFull.formatToParts(day).map((found) => [found.type, found.value]));
  control.nextElementSibling.textContent = part ? `${part.weekday}, ${part.day} ${part.month} ${part.year}` : "";
}
// Also what a browser filled in when somebody came back to a page.
window.addEventListener("pageshow", () => {
  for (const words of document.querySelectorAll(".day-words")) sayDay(words.previousElementSibling);
});

// --- copy a text: data-copy="#part"
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = one(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = document.documentElement.lang === "en" ? "Copied" : "Tersalin";
  } catch {
    getSelection().selectAllChildren(text);
  }
});

// --- keyboard
// Enter sends the form from a list, too, as it does from every other field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-enter] select")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
const off = one("[data-shortcuts-off]");
if (off) {
  off.checked = localStorage.getItem("shortcuts") === "off";
  off.addEventListener("change", () => localStorage.setItem("shortcuts", off.checked ? "off" : "on"));
}
// A scanner types a slip's code faster than any person: a burst of keys is never a shortcut.
const BURST = 60;
let afterG = 0;
let lastKey = 0;
let waiting = 0;
document.addEventListener("keydown", (event) => {
  // The moment of the key, not of this handler: a busy browser runs handlers late and together.
  const burst = event.timeStamp - lastKey < BURST;
  lastKey = event.timeStamp;
  clearTimeout(waiting);
  if (event.key === "Escape" && one("#menu.open")) { closeMenu(); one("[data-menu]").focus(); return; }
  const typing = event.target.matches("input, select, textarea, [contenteditable]");
  if (typing || burst || event.ctrlKey || event.altKey || event.metaKey || off?.checked || one("dialog[open]")) {
    afterG = 0;
    return;
  }
  if (event.key === "/") { const field = one("[data-search]"); if (field) { event.preventDefault(); field.focus(); } return; }
  waiting = setTimeout(() => shortcut(event.key), BURST + 20);
});
function shortcut(key) {
  const second = Date.now() - afterG < 1500;
  afterG = 0;
  if (key === "?") one("#shortcuts")?.showModal();
  else if (second) one(`#menu [data-key="${CSS.escape(key)}"]`)?.click();
  else if (key === "g") afterG = Date.now();
  else if (/^[a-z]$/.test(key) && one(`[data-letter="${key}"]`)) one(`[data-letter="${key}"]`).click();
  else if (key === "n") one("[data-new]")?.click();
  else if (/^[1-9]$/.test(key)) one(`[data-pick="${key}"]`)?.click();
}

// --- htmx: a half page that was swapped is ready for the next key
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "live" || event.detail.elt?.id === "live") return;
  document.querySelectorAll("[data-shows]").forEach(showParts);
  focusFirst(event.detail.elt);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (form.matches?.("form[data-sent]")) delete form.dataset.sent;
});

// --- htmx: say when a session or the network is gone, and that it came back
// A poll asks again by itself; a form that got no answer is sent again by whoever filled it in.
const isSent = (detail) => detail.requestConfig?.verb === "post" && !detail.elt.matches("[role=search]");
// Forms that got no answer. One that is drawn anew is the same as long as it does the same with the same row.
const unsaved = new Map();
const keyOf = (form) => [...form.querySelectorAll("[type=hidden]")]
  .filter((field) => ["do", "resident", "visit", "record"].includes(field.name))
  .map((field) => `${field.name}=${field.value}`).join("&");
// What is logged in it: the same person may come back for something else.
const saidIn = ({ formData }) => ["service", "outcome"].map((name) => formData?.getAll(name)).join();
function showUnsaved() {
  const box = one("#unsaved");
  const gone = [...unsaved.values()].filter(({ form }) => !form.isConnected);
  box.hidden = unsaved.size === 0;
  one("[data-typed]", box).hidden = gone.length === unsaved.size;
  for (const part of box.querySelectorAll("[data-gone]")) part.hidden = gone.length === 0;
  one("[data-who]", box).textContent = gone.map(({ who }) => who).filter(Boolean).join(", ");
}
one("[data-looked]").addEventListener("click", () => {
  for (const [key, { form }] of unsaved) if (!form.isConnected) unsaved.delete(key);
  showUnsaved();
});
function noAnswer({ detail }) {
  if (!isSent(detail)) { one("#offline").hidden = false; return; }
  const who = one("header strong", detail.elt.closest("[data-person]") || detail.elt)?.textContent;
  unsaved.set(keyOf(detail.elt), { form: detail.elt, who, said: saidIn(detail.requestConfig) });
  showUnsaved();
}
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401) one("#session-lost").hidden = false;
  else if (status >= 500) noAnswer(event);
});
document.addEventListener("htmx:sendError", noAnswer);
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  one("#offline").hidden = true;
  // What a poll or another form is told later saves nothing.
  const { verb, elt } = event.detail.requestConfig;
  const lost = verb === "post" && unsaved.get(keyOf(elt));
  if (lost && (lost.form === elt || lost.said === saidIn(event.detail.requestConfig))) unsaved.delete(keyOf(elt));
  showUnsaved();
});
document.addEventListener("htmx:afterSwap", showUnsaved);
