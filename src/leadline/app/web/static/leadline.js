/* Small comforts on top of pages that work without a script: shortcuts, menus that close, chart readouts, table sorting. */
(() => {
  "use strict";
  const places = { h: "/", m: "/metrics", f: "/findings", w: "/work", s: "/sources", d: "/definitions" };
  const help = document.getElementById("help");
  const opener = document.getElementById("help-open");
  const typing = (target) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  const closeMenus = (but) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== but) menu.open = false; });
  let went = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      closeMenus();
      if (menu) menu.querySelector("summary").focus();
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search").select();
    } else if (event.key === "?") {
      if (!help.open) help.showModal();
    } else if (event.key === "g") {
      went = event.timeStamp;
    } else if (event.timeStamp - went < 1500 && places[event.key]) {
      went = 0;
      location.assign(places[event.key]);
    }
  });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  if (opener) {
    opener.hidden = false;
    opener.addEventListener("click", () => help.showModal());
  }

  document.querySelectorAll("[data-chart]").forEach((chart) => {
    const readout = chart.querySelector(".readout");
    const say = (point) => {
      readout.textContent = point.dataset.readout;
      readout.hidden = false;
    };
    chart.querySelectorAll("svg").forEach((drawing) => {
      const points = [...drawing.querySelectorAll("a[data-readout]")];
      points.forEach((point, index) => {
        point.setAttribute("tabindex", index === points.length - 1 ? "0" : "-1");
        point.addEventListener("pointerenter", () => say(point));
        point.addEventListener("focus", () => say(point));
        point.addEventListener("keydown", (event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          const next = points[index + step];
          if (!next) return;
          event.preventDefault();
          point.setAttribute("tabindex", "-1");
          next.setAttribute("tabindex", "0");
          next.focus();
        });
      });
    });
    chart.addEventListener("pointerleave", () => { readout.hidden = true; });
    chart.addEventListener("focusout", () => { readout.hidden = true; });
  });
})();
