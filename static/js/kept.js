// What somebody typed before a session ended, or before a refusal: back into the form it came from. Forms
// that the server fills itself need none of this.
"use strict";

(() => {
  const kept = document.getElementById("kept");
  if (!kept) return;
  const typed = JSON.parse(kept.dataset.fields);
  const named = (form, name) => [...form.elements].filter((part) => part.name === name);

  // The form with all of these fields; what tells it from its neighbours (do, a row's number) is the same.
  function isIts(form) {
    if (form.method !== "post") return false;
    if (named(form, "do").length > 0 !== "do" in typed) return false;
    return Object.entries(typed).every(([name, values]) => {
      if (name === "version" || name === "shown") return true;
      const parts = named(form, name);
      if (parts.length === 0) return false;
      if (parts.every((part) => part.type === "submit")) return parts.some((part) => part.value === values[0]);
      return parts.every((part) => part.type !== "hidden" || !part.value || values.includes(part.value));
    });
  }
  const form = [...document.forms].find(isIts);
  if (!form) return;
  form.closest("details")?.setAttribute("open", "");
  for (const part of form.elements) {
    if (!part.name || ["submit", "file", "password"].includes(part.type)) continue;
    const values = typed[part.name];
    if (part.type === "checkbox" || part.type === "radio") part.checked = (values || []).includes(part.value);
    else if (values && part.tagName === "SELECT")
      for (const option of part.options) option.selected = values.includes(option.value);
    else if (values && (part.type !== "hidden" || ["version", "shown"].includes(part.name) || !part.value))
      part.value = values[named(form, part.name).indexOf(part)] ?? values[0];
    if (!part.matches("[data-submit]")) part.dispatchEvent(new Event("change", { bubbles: true }));
  }
})();
