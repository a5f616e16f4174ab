// SPDX-License-Identifier: Apache-2.0
// Lights up what a step read and what happens before it. Without this script the tables are there as they are.
(() => {
  "use strict";

  const svgName = "http://www.w3.org/2000/svg";
  const number = (step, name) => (step.dataset[name] === undefined ? 0 : Number(step.dataset[name]));

  function element(tag, style, text) {
    const made = document.createElement(tag);
    if (style) made.className = style;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function board(section) {
    const table = section.querySelector(".board");
    const arrows = section.querySelector(".arrows");
    const told = section.querySelector(".told");
    const hint = told.firstElementChild;
    const steps = [...table.querySelectorAll("[data-line]")];
    const byLine = new Map(steps.map(step => [number(step, "line"), step]));
    // For each thread its last step that happens before this one; lines are in the order in which things ran.
    const last = new Map(steps.map(step => [step, step.dataset.before.split(" ").map(Number)]));
    const isBefore = (a, b) => a !== b && number(a, "line") <= (last.get(b)[number(a, "thread")] || 0);
    let shown = null;
    let pinned = null;

    function draw(from, to, style) {
      const frame = table.getBoundingClientRect();
      const a = from.getBoundingClientRect(), b = to.getBoundingClientRect();
      const y1 = a.top + a.height / 2 - frame.top, y2 = b.top + b.height / 2 - frame.top;
      const path = document.createElementNS(svgName, "path");
      let x1, x2, bend1, bend2;
      if (a.left >= b.right) {
        x1 = a.left - frame.left;
        x2 = b.right - frame.left + 7;
        bend1 = -40;
        bend2 = 40;
      } else if (b.left >= a.right) {
        x1 = a.right - frame.left;
        x2 = b.left - frame.left - 7;
        bend1 = 40;
        bend2 = -40;
      } else {
        x1 = a.right - frame.left;
        x2 = b.right - frame.left + 7;
        bend1 = bend2 = 28;
      }
      const room = frame.width - 2;
      const inside = x => Math.max(2, Math.min(room, x));
      const side = x2 > b.right - frame.left ? 1 : -1;
      path.setAttribute(
        "d",
        `M${inside(x1)} ${y1} C${inside(x1 + bend1)} ${y1} ${inside(x2 + bend2)} ${y2} ${inside(x2)} ${y2}` +
          ` m${6 * side} -5 l${-7 * side} 5 l${7 * side} 5`
      );
      path.setAttribute("class", style);
      arrows.append(path);
    }

    function tell(step) {
      const line = element("p", "which");
      line.append(element("strong", "", `Step ${number(step, "line")}`));
      line.append(` in ${step.closest("td").dataset.name}`);
      if (step.dataset.place) line.append(`, ${step.dataset.place}`);
      told.replaceChildren(line);
      const source = step.querySelector(".source");
      if (source) told.append(element("pre", "", source.textContent));
      const what = step.querySelector(".what, b");
      if (what) told.append(element("p", "what", what.textContent));
      for (const each of step.querySelectorAll(".from, .note")) told.append(element("p", each.className, each.textContent));
      const before = steps.filter(other => isBefore(other, step)).length;
      const apart = steps.filter(other => other !== step && !isBefore(other, step) && !isBefore(step, other)).length;
      told.append(element("p", "count", `${before} of ${steps.length} steps happen before it, ${apart} are unordered with it.`));
    }

    function show(step) {
      if (step === shown) return;
      shown = step;
      arrows.replaceChildren();
      table.classList.toggle("lit", step !== null);
      const marks = ["here", "before", "apart", "source-of", "newest-of", "rival"];
      for (const each of steps) each.classList.remove(...marks);
      if (step === null) {
        told.replaceChildren(hint);
        return;
      }
      step.classList.add("here");
      for (const other of steps) {
        if (other === step) continue;
        if (isBefore(other, step)) other.classList.add("before");
        else if (!isBefore(step, other)) other.classList.add("apart");
      }
      const newest = byLine.get(number(step, "newest"));
      if (newest) {
        newest.classList.add("newest-of");
        draw(newest, step, "missed");
      }
      const source = byLine.get(number(step, "from"));
      if (source) {
        source.classList.add("source-of");
        draw(source, step, "read");
      }
      if (step.classList.contains("guilty")) {
        for (const other of steps) {
          if (other !== step && other.classList.contains("guilty")) other.classList.add("rival");
        }
      }
      tell(step);
    }

    function pin(step) {
      if (pinned) {
        pinned.setAttribute("aria-pressed", "false");
        pinned.classList.remove("pinned");
      }
      pinned = step;
      if (step) {
        step.setAttribute("aria-pressed", "true");
        step.classList.add("pinned");
      }
      show(step);
    }

    function walk(step, to) {
      if (!to) return;
      step.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    }

    // One stop for the tabulator; the arrow keys walk from there.
    steps.forEach((step, index) => {
      step.tabIndex = index === 0 ? 0 : -1;
      step.setAttribute("role", "button");
      step.setAttribute("aria-pressed", "false");
    });
    const stepOf = event => (event.target instanceof Element ? event.target.closest("[data-line]") : null);
    table.addEventListener("pointerover", event => {
      const step = stepOf(event);
      if (step && !pinned) show(step);
    });
    table.addEventListener("pointerleave", () => {
      if (pinned) return;
      const focused = document.activeElement;
      show(steps.includes(focused) && focused.matches(":focus-visible") ? focused : null);
    });
    table.addEventListener("focusin", event => {
      const step = stepOf(event);
      if (step && !pinned && step.matches(":focus-visible")) show(step);
    });
    table.addEventListener("focusout", event => {
      if (!pinned && !table.contains(event.relatedTarget)) show(null);
    });
    table.addEventListener("click", event => {
      const step = stepOf(event);
      if (event.target instanceof Element && event.target.closest("a")) return;
      pin(step === pinned ? null : step);
    });
    table.addEventListener("keydown", event => {
      const step = stepOf(event);
      if (!step || (event.target instanceof Element && event.target.closest("a"))) return;
      const index = steps.indexOf(step);
      const sameThread = (from, by) => {
        for (let at = from + by; at >= 0 && at < steps.length; at += by) {
          if (steps[at].dataset.thread === step.dataset.thread) return steps[at];
        }
        return null;
      };
      const otherThread = by => {
        for (let at = index + by; at >= 0 && at < steps.length; at += by) {
          if (steps[at].dataset.thread !== step.dataset.thread) return steps[at];
        }
        return null;
      };
      const keys = {
        ArrowDown: () => walk(step, event.altKey ? sameThread(index, 1) : steps[index + 1]),
        ArrowUp: () => walk(step, event.altKey ? sameThread(index, -1) : steps[index - 1]),
        ArrowRight: () => walk(step, otherThread(1)),
        ArrowLeft: () => walk(step, otherThread(-1)),
        Home: () => walk(step, steps[0]),
        End: () => walk(step, steps[steps.length - 1]),
        Enter: () => pin(step === pinned ? null : step),
        " ": () => pin(step === pinned ? null : step),
      };
      if (!(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
    section.addEventListener("keydown", event => {
      if (event.key === "Escape" && pinned) pin(null);
    });
    window.addEventListener("resize", () => {
      const step = shown;
      show(null);
      show(step);
    });
  }

  document.documentElement.classList.add("scripted");
  for (const section of document.querySelectorAll("section.item")) {
    if (section.querySelector(".board")) board(section);
  }
})();
