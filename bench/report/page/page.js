// SPDX-License-Identifier: Apache-2.0
// Puts a chart that zooms in the place of each drawn one. Without this script, or when it fails, the drawings stay.
// Text from the study only ever becomes textContent or canvas text.
(() => {
  "use strict";

  const narrow = () => window.innerWidth <= 560;
  const rowHeight = 15;

  const css = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

  // Colours are those of the style sheet, read anew whenever light turns to dark.
  function palette(figure) {
    const of = name => css(figure, name);
    return {
      ink: of("--ink"),
      soft: of("--soft"),
      grid: of("--grid"),
      band: of("--band"),
      idle: of("--idle"),
      paper: of("--paper"),
      line: style => of("--" + style),
    };
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // ---- numbers, in the form the tables have them -------------------------------------------------------------------
  const grouped = text => text.replace(/^(\d+)/, digits => digits.replace(/\B(?=(\d{3})+$)/g, ","));
  function number(value) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 99.95) return grouped(value.toFixed(0));
    if (size >= 9.995) return value.toFixed(1);
    if (size >= 0.9995) return value.toFixed(2);
    return String(Number(value.toPrecision(3)));
  }
  function time(ns) {
    if (ns < 999.5) return ns.toFixed(ns < 9.95 ? 1 : 0) + " ns";
    if (ns < 999.5e3) return number(ns / 1e3) + " µs";
    if (ns < 999.5e6) return number(ns / 1e6) + " ms";
    return number(ns / 1e9) + " s";
  }
  function shortTime(ns) {
    const [unit, name] = [
      [1e9, "s"],
      [1e6, "ms"],
      [1e3, "µs"],
    ].find(([u]) => ns >= u * 0.999) || [1, "ns"];
    return Number((ns / unit).toPrecision(3)) + " " + name;
  }

  // ---- axes --------------------------------------------------------------------------------------------------------
  function linearStep(min, max) {
    const raw = (max - min) / 4,
      decade = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 2.5, 5, 10].map(f => f * decade).find(s => raw <= s * 1.0001);
  }
  function linearTicks(min, max) {
    const step = linearStep(min, max),
      ticks = [];
    for (let i = Math.ceil(min / step - 1e-9); i * step <= max * 1.0001; ++i) ticks.push(i * step);
    return ticks;
  }
  function logTicks(min, max) {
    const parts = max / min < 100 ? [1, 2, 5] : [1],
      ticks = [];
    for (let decade = 10 ** Math.floor(Math.log10(min)); decade <= max * 1.001; decade *= 10)
      for (const part of parts)
        if (part * decade >= min * 0.999 && part * decade <= max * 1.001)
          ticks.push(Number((part * decade).toPrecision(6)));
    return ticks.length > 1 ? ticks : linearTicks(min, max);
  }

  // Labels moved apart, each as near to its place as the others allow. `wanted` is sorted.
  function spread(wanted, top, bottom) {
    const groups = [];
    const start = g => g.sum / g.count - (rowHeight * (g.count - 1)) / 2;
    wanted.forEach((y, i) => {
      groups.push({ sum: y, first: i, count: 1 });
      while (groups.length > 1) {
        const last = groups[groups.length - 1],
          before = groups[groups.length - 2];
        if (start(before) + rowHeight * before.count <= start(last)) break;
        groups.pop();
        before.sum += last.sum;
        before.count += last.count;
      }
    });
    const placed = [];
    for (const g of groups) for (let i = 0; i < g.count; ++i) placed[g.first + i] = start(g) + rowHeight * i;
    for (let i = placed.length; i-- > 0;)
      placed[i] = Math.min(placed[i], i + 1 === placed.length ? bottom : placed[i + 1] - rowHeight);
    for (let i = 0; i < placed.length; ++i) placed[i] = Math.max(placed[i], i === 0 ? top : placed[i - 1] + rowHeight);
    return placed;
  }

  function marker(ctx, style, x, y, r) {
    ctx.beginPath();
    if (style.startsWith("lf")) ctx.arc(x, y, r, 0, 2 * Math.PI);
    else if (style.startsWith("mx")) ctx.rect(x - r, y - r, 2 * r, 2 * r);
    else {
      ctx.moveTo(x, y - r);
      ctx.lineTo(x + 1.1 * r, y + r * 0.85);
      ctx.lineTo(x - 1.1 * r, y + r * 0.85);
      ctx.closePath();
    }
    ctx.fill();
    ctx.stroke();
  }

  // ---- one chart ---------------------------------------------------------------------------------------------------
  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
      this.log = this.data.yAxis.log;
      this.shown = this.data.lines.map(() => true);
      this.build();
      this.controls();
      figure.classList.add("live");
      // Also comes when a closed part of the page is opened.
      let width = this.plot.clientWidth;
      new ResizeObserver(() => {
        if (this.plot.clientWidth === width || this.plot.clientWidth === 0) return;
        width = this.plot.clientWidth;
        this.build();
      }).observe(this.plot);
    }

    get full() {
      return { min: this.data.xAxis.min, max: this.data.xAxis.max };
    }

    build() {
      const u = this.u;
      const zoom = u && this.zoomed ? { x: [u.scales.x.min, u.scales.x.max] } : null;
      if (u) u.destroy();
      this.zoomed = false;
      this.colour = palette(this.figure);
      this.u = new uPlot(this.options(), [this.data.x, ...this.data.lines.map(l => l.y)], this.plot);
      const svg = this.plot.querySelector("svg.wide");
      this.u.root.setAttribute("role", "img");
      this.u.root.setAttribute("aria-labelledby", svg.getAttribute("aria-labelledby"));
      if (zoom) this.u.setScale("x", { min: zoom.x[0], max: zoom.x[1] });
      this.tip = element("div", { class: "tip", hidden: "" });
      this.u.over.append(this.tip);
      this.u.over.addEventListener("mouseleave", () => {
        this.tip.hidden = true;
      });
    }

    options() {
      const { data, colour } = this,
        small = narrow(),
        width = this.plot.clientWidth || 640;
      this.font = "12px " + getComputedStyle(document.body).fontFamily;
      const ctx = document.createElement("canvas").getContext("2d");
      ctx.font = "500 " + this.font;
      const room = width * 0.34;
      const cut = text => {
        if (ctx.measureText(text).width <= room) return text;
        const letters = Array.from(text);
        while (letters.length > 1 && ctx.measureText(letters.join("") + "…").width > room) letters.pop();
        return letters.join("") + "…";
      };
      this.names = data.lines.map(l => cut(l.label));
      const last = data.x.length - 1;
      const ends = data.lines.map((l, i) => (l.y[last] == null ? 0 : ctx.measureText(this.names[i]).width));
      ctx.font = this.font;
      const values = v =>
        data.times ? shortTime(v) : v >= 1000 ? grouped(String(v)) : String(Number(v.toPrecision(4)));
      return {
        width,
        height: small ? Math.round(width * 0.97) : Math.round(Math.min(width, 680) * 0.625),
        padding: [40, Math.max(...ends) > 0 ? Math.max(...ends) + 16 : 14, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: true, y: true, uni: 30 }, points: { show: false }, y: false },
        scales: {
          x: { time: false, range: (u, min, max) => this.window(min, max) },
          y: { distr: this.log ? 3 : 1, log: 10, range: () => this.extent() },
        },
        axes: [
          {
            stroke: colour.soft,
            font: this.font,
            size: 44,
            gap: 6,
            grid: { show: false },
            ticks: { show: false },
            splits: u => this.xTicks(u),
            values: (u, all) => all.map(at => data.ticks.find(t => t[0] === at)[1]),
            filter: (u, s) => s,
          },
          {
            stroke: colour.soft,
            font: this.font,
            gap: 6,
            grid: { stroke: colour.grid, width: 1 },
            ticks: { show: false },
            size: (u, all) => 12 + Math.max(20, ...(all || []).map(t => ctx.measureText(t).width)),
            splits: (u, axis, min, max) => (this.log ? logTicks(min, max) : linearTicks(min, max)),
            values: (u, all) => all.map(values),
            filter: (u, s) => s,
          },
        ],
        series: [
          {},
          ...data.lines.map((l, i) => ({
            label: l.label,
            show: this.shown[i],
            stroke: colour.line(l.style),
            spanGaps: true,
            points: { show: false },
            width: l.style.startsWith("lf") ? 2.6 : l.style.startsWith("mx") ? 2 : 1.5,
            dash: l.style.startsWith("lf") ? [] : l.style.startsWith("mx") ? [7, 4] : [2, 3],
            paths: data.connected ? undefined : () => null,
          })),
        ],
        hooks: {
          drawClear: [u => this.background(u)],
          draw: [
            u => {
              this.points(u);
              this.labels(u);
            },
          ],
          setCursor: [u => this.tooltip(u)],
          setScale: [() => this.scaled()],
        },
      };
    }

    // uPlot asks with the first and the last x when it wants to show everything. It asks for x before y, and shows
    // the new x in its scales only after both: so what will be in sight is kept here.
    window(min, max) {
      const { x } = this.data,
        { full } = this;
      this.sight = min === x[0] && max === x[x.length - 1] ? full : { min, max };
      return [this.sight.min, this.sight.max];
    }

    // Bounds of y for what is in sight, whiskers and the idle machine included. Whole latency charts keep the
    // bounds that they share with their neighbours.
    extent() {
      const { data } = this,
        x = this.sight || this.full;
      const whole = x.max - x.min >= this.full.max - this.full.min - 1e-6;
      if (data.times && whole) return [data.yAxis.min, data.yAxis.max];
      let low = Infinity,
        high = -Infinity;
      const see = v => {
        if (v != null && (!this.log || v > 0)) {
          low = Math.min(low, v);
          high = Math.max(high, v);
        }
      };
      data.lines.forEach((l, s) => {
        if (!this.shown[s]) return;
        data.x.forEach((at, i) => {
          if (at < x.min || at > x.max) return;
          see(l.y[i]);
          if (l.low) {
            see(l.low[i]);
            see(l.high[i]);
          }
        });
      });
      for (const [at, value] of data.floor || []) if (at >= x.min && at <= x.max) see(value);
      if (low > high) [low, high] = this.log ? [1, 10] : [0, 1];
      if (!this.log) {
        const step = linearStep(0, high > 0 ? high * 1.04 : 1);
        return [0, step * Math.ceil((high > 0 ? high * 1.04 : 1) / step - 1e-9)];
      }
      return [low * 0.8, Math.max(high * 1.25, low * 2)];
    }

    // The names on the x axis that are in sight and have room.
    xTicks(u) {
      const { min, max } = u.scales.x,
        width = u.bbox.width / devicePixelRatio;
      let free = -Infinity;
      return this.data.ticks
        .filter(([at, label]) => {
          if (at < min || at > max) return false;
          const half = (label.length * 6.7) / 2,
            x = ((at - min) / (max - min)) * width;
          if (x - half < free) return false;
          free = x + half + 3;
          return true;
        })
        .map(t => t[0]);
    }

    // Coordinates on the canvas; uPlot counts device pixels there.
    place(u, s, i) {
      const at = u.valToPos(this.data.x[i], "x", true),
        n = this.data.lines.length;
      if (this.data.connected || n < 2) return at;
      const slot = 0.72 * (u.valToPos(1, "x", true) - u.valToPos(0, "x", true));
      return at + slot * (s / (n - 1) - 0.5);
    }

    text(u, what, x, y, { align = "left", fill = this.colour.soft, font = this.font, halo = false } = {}) {
      const { ctx } = u,
        ratio = devicePixelRatio;
      ctx.font = font.replace(/(\d+(\.\d+)?)px/, (all, px) => px * ratio + "px");
      ctx.textAlign = align;
      ctx.textBaseline = "alphabetic";
      if (halo) {
        ctx.lineJoin = "round";
        ctx.lineWidth = 3 * ratio;
        ctx.setLineDash([]);
        ctx.strokeStyle = this.colour.paper;
        ctx.strokeText(what, x, y);
      }
      ctx.fillStyle = fill;
      ctx.fillText(what, x, y);
    }

    background(u) {
      const { ctx, bbox } = u,
        { data, colour } = this,
        r = devicePixelRatio;
      ctx.save();
      this.text(u, data.yAxis.title.replace(", log scale", "") + (this.log ? ", log scale" : ""), 0, 13 * r);
      this.text(u, data.xAxis.title, bbox.left, bbox.top + bbox.height + 40 * r);
      if (data.crowded !== undefined) {
        const from = Math.max(bbox.left, Math.min(bbox.left + bbox.width, u.valToPos(data.crowded, "x", true)));
        const wide = bbox.left + bbox.width - from;
        ctx.fillStyle = colour.band;
        ctx.fillRect(from, bbox.top - 14 * r, wide, bbox.height + 14 * r);
        const font = "italic " + this.font.replace("12px", "11px");
        if (wide > 0)
          this.text(
            u,
            wide > 170 * r ? "more threads than cores" : "threads > cores",
            bbox.left + bbox.width - 5 * r,
            bbox.top - 3 * r,
            { font, align: "right" },
          );
      }
      if (data.floor) {
        const points = data.floor.map(([x, y]) => [
          u.valToPos(x, "x", true),
          u.valToPos(Math.max(y, u.scales.y.min), "y", true),
        ]);
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.beginPath();
        points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
        ctx.strokeStyle = colour.soft;
        ctx.lineWidth = r;
        ctx.setLineDash([r, 3 * r]);
        ctx.stroke();
        ctx.lineTo(points[points.length - 1][0], bbox.top + bbox.height);
        ctx.lineTo(points[0][0], bbox.top + bbox.height);
        ctx.globalAlpha = 0.7;
        ctx.fillStyle = colour.idle;
        ctx.fill();
        ctx.globalAlpha = 1;
        this.text(u, "idle machine", points[points.length - 1][0] - 6 * r, bbox.top + bbox.height - 6 * r, {
          align: "right",
          font: "italic " + this.font.replace("12px", "11px"),
        });
      }
      ctx.restore();
    }

    points(u) {
      const { ctx, bbox } = u,
        { data, colour } = this,
        r = devicePixelRatio;
      const named = new Set(data.ticks.map(t => t[0]));
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left - 6 * r, bbox.top - 6 * r, bbox.width + 12 * r, bbox.height + 12 * r);
      ctx.clip();
      ctx.setLineDash([]);
      for (let s = data.lines.length; s-- > 0;) {
        const line = data.lines[s];
        if (!this.shown[s]) continue;
        ctx.strokeStyle = colour.line(line.style);
        ctx.fillStyle = Number(line.style.slice(2)) % 2 ? colour.paper : ctx.strokeStyle;
        data.x.forEach((at, i) => {
          const value = line.y[i];
          if (value == null || (this.log && value <= 0) || at < u.scales.x.min || at > u.scales.x.max) return;
          const x = this.place(u, s, i);
          if (line.low && line.low[i] != null && line.high[i] != null && (!this.log || line.low[i] > 0)) {
            ctx.lineWidth = 1.2 * r;
            ctx.globalAlpha = 0.75;
            ctx.beginPath();
            ctx.moveTo(x, u.valToPos(line.low[i], "y", true));
            ctx.lineTo(x, u.valToPos(line.high[i], "y", true));
            ctx.stroke();
            ctx.globalAlpha = 1;
          }
          if (!named.has(at)) return;
          ctx.lineWidth = 1.6 * r;
          marker(ctx, line.style, x, u.valToPos(value, "y", true), 3.4 * r);
        });
      }
      ctx.restore();
    }

    labels(u) {
      const { ctx, bbox } = u,
        { data, colour } = this,
        r = devicePixelRatio,
        right = bbox.left + bbox.width;
      const font = "500 " + this.font,
        names = [];
      ctx.save();
      data.lines.forEach((line, s) => {
        if (!this.shown[s]) return;
        const inside = i => line.y[i] != null && data.x[i] >= u.scales.x.min && data.x[i] <= u.scales.x.max;
        let end = data.x.length - 1;
        while (end >= 0 && !inside(end)) --end;
        if (end < 0) return;
        const x = this.place(u, s, end),
          y = u.valToPos(line.y[end], "y", true),
          fill = colour.line(line.style);
        if (line.y[data.x.length - 1] == null)
          this.text(u, this.names[s], x + 7 * r, y - 6 * r, { fill, font, halo: true });
        else names.push({ s, x, y, fill });
      });
      names.sort((a, b) => a.y - b.y);
      const placed = spread(
        names.map(n => n.y / r),
        bbox.top / r - 4,
        (bbox.top + bbox.height) / r + 4,
      );
      names.forEach(({ s, x, y, fill }, i) => {
        const at = placed[i] * r;
        if (Math.abs(at - y) > 3 * r || right - x > 20 * r) {
          ctx.beginPath();
          ctx.setLineDash([]);
          ctx.lineWidth = 0.7 * r;
          ctx.globalAlpha = 0.6;
          ctx.strokeStyle = colour.soft;
          ctx.moveTo(x + 5 * r, y);
          ctx.lineTo(right + 5 * r, at);
          ctx.stroke();
          ctx.globalAlpha = 1;
        }
        this.text(u, this.names[s], right + 8 * r, at + 4 * r, { fill, font });
      });
      ctx.restore();
    }

    tooltip(u) {
      const { idx, left, top } = u.cursor,
        { data } = this;
      if (!this.tip) return;
      if (idx == null || left == null || left < 0) {
        this.tip.hidden = true;
        return;
      }
      const rows = data.lines
        .map((l, s) => ({ l, s, y: l.y[idx] }))
        .filter(v => this.shown[v.s] && v.y != null)
        .sort((a, b) => b.y - a.y);
      if (rows.length === 0) {
        this.tip.hidden = true;
        return;
      }
      const tick = data.ticks.find(t => t[0] === data.x[idx]);
      const percent = () => "p" + Number((100 * (1 - 10 ** -data.x[idx])).toPrecision(5));
      const heading = tick && (!data.times || tick[1] === "max") ? tick[1] : percent();
      this.tip.replaceChildren(
        element("b", {}, heading),
        ...rows.map(({ l, y }) =>
          element(
            "div",
            {},
            element("span", { class: "who " + l.style }, l.label),
            element("span", {}, data.times ? time(y) : number(y)),
          ),
        ),
      );
      this.tip.hidden = false;
      const area = u.over,
        w = this.tip.offsetWidth,
        h = this.tip.offsetHeight;
      const right = left + 14 + w <= area.clientWidth + 60;
      const box = this.plot.getBoundingClientRect(),
        origin = area.getBoundingClientRect();
      const x = right ? left + 14 : left - 14 - w,
        least = box.left - origin.left,
        most = box.right - origin.left - w;
      this.tip.style.left = Math.max(least, Math.min(x, most)) + "px";
      this.tip.style.top = Math.max(-30, Math.min(top - h / 2, area.clientHeight - h)) + "px";
    }

    scaled() {
      const { u, full } = this;
      if (!u || u.scales.x.min == null || u.scales.y.min == null) return;
      const [low, high] = this.extent(),
        { x, y } = u.scales;
      const same = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
      this.zoomed = !(same(x.min, full.min) && same(x.max, full.max) && same(y.min, low) && same(y.max, high));
      if (this.reset) this.reset.disabled = !this.zoomed;
    }

    zoom(factor) {
      const { min, max } = this.u.scales.x,
        middle = (min + max) / 2,
        half = ((max - min) / 2) * factor;
      const low = Math.max(this.full.min, middle - half),
        high = Math.min(this.full.max, middle + half);
      if (high - low > (this.full.max - this.full.min) / 20) this.u.setScale("x", { min: low, max: high });
    }

    controls() {
      const button = (label, name, act) => {
        const made = element("button", { type: "button", "aria-label": name, title: name }, label);
        made.addEventListener("click", act);
        return made;
      };
      const tools = element("div", { class: "tools" });
      this.reset = button("Reset", "Reset zoom", () =>
        this.u.batch(() => {
          this.u.setScale("x", { ...this.full });
          this.u.setScale("y", { min: null, max: null });
        }),
      );
      this.reset.className = "reset";
      this.reset.disabled = true;
      tools.append(this.reset);
      if (!this.data.times) {
        const scale = button(this.log ? "Linear" : "Log", "Linear or logarithmic scale", () => {
          this.log = !this.log;
          scale.textContent = this.log ? "Linear" : "Log";
          this.build();
          this.reset.disabled = !this.zoomed;
        });
        scale.className = "scale";
        tools.append(scale);
      }
      const closer = button("+", "Zoom in", () => this.zoom(0.5)),
        farther = button("−", "Zoom out", () => this.zoom(2));
      closer.className = "closer";
      farther.className = "farther";
      tools.append(farther, closer);
      this.plot.append(tools);

      const chips = element("div", { class: "chips", role: "group", "aria-label": "Show or hide lines" });
      this.data.lines.forEach((line, s) => {
        const chip = element("button", { type: "button", class: line.style, "aria-pressed": "true" });
        chip.append(this.swatch(line.style), " ", line.label);
        chip.addEventListener("click", () => {
          this.shown[s] = !this.shown[s];
          chip.setAttribute("aria-pressed", String(this.shown[s]));
          this.u.setSeries(s + 1, { show: this.shown[s] });
        });
        chips.append(chip);
      });
      this.plot.after(chips);
    }

    // The same mark as in the drawing.
    swatch(style) {
      const make = (tag, attributes) => {
        const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        return made;
      };
      const svg = make("svg", { class: "swatch " + style, viewBox: "-14 -6 28 12", "aria-hidden": "true" });
      const mark = document.querySelector("#" + style + " path").getAttribute("d");
      svg.append(make("path", { class: "line", d: "M-13 0H13" }), make("path", { class: "mark", d: mark }));
      return svg;
    }
  }

  const charts = [];
  for (const figure of document.querySelectorAll("figure.chart")) {
    try {
      charts.push(new Chart(figure));
    } catch (error) {
      console.error(figure.id, error);
    }
  }
  document.documentElement.classList.add("scripted");
  for (const query of ["(prefers-color-scheme: dark)", `(resolution: ${devicePixelRatio}dppx)`])
    matchMedia(query).addEventListener("change", () => charts.forEach(chart => chart.build()));
  window.lockfreeCharts = charts; // for the tests
})();
