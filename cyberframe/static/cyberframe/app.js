/* Keys, copy, theme, clock, menus, row filter. Every page works without this file. */
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  root.classList.add("js");

  const say = (text) => {
    const live = $("#announce");
    if (live) live.textContent = text;
  };

  // Theme: the form posts without this script; here it switches at once and keeps the choice.
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-theme-form]")) return;
    event.preventDefault();
    const theme = isDark() ? "light" : "dark";
    root.dataset.theme = theme;
    const button = $("[name=theme]", event.target);
    if (button) button.value = isDark() ? "light" : "dark";
    const body = new FormData(event.target);
    body.set("theme", theme);
    fetch(event.target.action, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
  });
  $$("[data-theme-form] [name=theme]").forEach((b) => { b.value = isDark() ? "light" : "dark"; });

  // Clock: the server's time, carried on.
  const clock = $("[data-clock]");
  if (clock) {
    const offset = Number(clock.dataset.clock) * 1000 - Date.now();
    const show = (zone) =>
      new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone, hourCycle: "h23" })
        .format(Date.now() + offset);
    const tick = () => {
      $$("[data-zone]", clock).forEach((e) => { e.textContent = show(e.dataset.zone); });
    };
    tick();
    setInterval(tick, 5000);
  }

  // Copy: data-copy holds the text, data-copy-from the selector of what to copy (its lines).
  const wanted = (button) => {
    if (button.dataset.copy !== undefined) return button.dataset.copy;
    return $$(button.dataset.copyFrom)
      .map((e) => e.dataset.real ?? e.value ?? e.textContent)
      .join("\n");
  };
  const copied = (button) => {
    const label = $("span", button) ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.done;
    say(button.dataset.done);
    setTimeout(() => { label.textContent = before; }, 1600);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy],[data-copy-from]");
    if (button) navigator.clipboard.writeText(wanted(button)).then(() => copied(button));
    $$("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  // A defanged value copied by hand becomes the real one too.
  document.addEventListener("copy", (event) => {
    const text = String(getSelection());
    const hit = $$("[data-real]").find((e) => e.textContent.trim() === text.trim());
    if (!hit || !text.trim()) return;
    event.clipboardData.setData("text/plain", hit.dataset.real);
    event.preventDefault();
  });

  // Filter the rows of a table by words; groups without a row left are hidden.
  document.addEventListener("input", (event) => {
    const table = event.target.dataset.filter && $(event.target.dataset.filter);
    if (!table) return;
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    $$("tbody", table).forEach((body) => {
      const rows = $$("tr:not(.grp)", body);
      rows.forEach((row) => {
        const text = `${row.textContent} ${row.dataset.words ?? ""}`.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        left += row.hidden ? 0 : 1;
      });
      $$("tr.grp", body).forEach((group) => { group.hidden = rows.every((row) => row.hidden); });
    });
    say(String(left));
  });

  // Show or hide what depends on a choice: data-when="name=value value".
  const depend = () => $$("[data-when]").forEach((part) => {
    const [name, values] = part.dataset.when.split("=");
    const chosen = $$(`[name="${name}"]:checked, select[name="${name}"]`).map((e) => e.value);
    part.hidden = !values.split(" ").some((value) => chosen.includes(value));
  });
  document.addEventListener("change", depend);
  document.addEventListener("htmx:after:swap", () => {
    depend();
    $$("[data-filter]").forEach((e) => { if (e.value) e.dispatchEvent(new Event("input", { bubbles: true })); });
  });
  depend();

  // Rows: a moving cursor over the first table with data-rows.
  const rows = () => $$("table[data-rows] tbody tr:not(.grp):not([hidden])");
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("cur"));
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    all[at]?.classList.remove("cur");
    next.classList.add("cur");
    next.scrollIntoView({ block: "nearest" });
    $("a", next)?.focus({ preventScroll: true });
  };
  const press = (key) => {
    const hit = $(`[data-key="${key}"]`);
    if (!hit) return false;
    hit.matches("input,textarea,select") ? hit.focus() : hit.click();
    return true;
  };
  let prefix = 0;
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable]");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form");
      if (form && $("[data-save]", form)) form.requestSubmit($("[data-save]", form));
      return;
    }
    if (event.key === "Escape") {
      $$("details.menu[open]").forEach((menu) => {
        menu.open = false;
        $("summary", menu).focus();
      });
      if (field?.type === "search") field.blur();
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") return;
    const after = Date.now() - prefix < 1500;
    prefix = 0;
    if (after && press(`g ${event.key}`)) event.preventDefault();
    else if (event.key === "g") prefix = Date.now();
    else if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
    else if (event.key === "x") $("table[data-rows] tr.cur input[type=checkbox]")?.click();
    else if (press(event.key)) event.preventDefault();
  });

  // An error summary, or what the server asks attention for, takes the focus.
  const focusOn = $("[data-focus]");
  if (focusOn) focusOn.focus();
  // Second clicks do nothing while a form is on its way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((f) => { delete f.dataset.sent; }));
})();
