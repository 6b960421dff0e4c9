"use strict";

// Lines over the common time axis, the path, and how sure the alignment is, as SVG.

const SVG = "http://www.w3.org/2000/svg";

function svg(kind, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, kind);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.textContent = text;
  return element;
}

function html(kind, properties = {}, ...children) {
  const element = Object.assign(document.createElement(kind), properties);
  element.append(...children);
  return element;
}

const rounded = (number) => Math.round(number * 10) / 10;

/** An SVG path through points, with gaps where a value is null. */
function lineThrough(xs, ys) {
  let path = "";
  let drawn = false;
  ys.forEach((y, n) => {
    if (y !== null) path += `${drawn ? "L" : "M"}${rounded(xs[n])} ${rounded(y)}`;
    drawn = y !== null;
  });
  return path;
}

/** The area between two lines, wherever both are known. */
function areaBetween(xs, upper, lower) {
  let path = "";
  let start = null;
  for (let n = 0; n <= xs.length; n += 1) {
    const known = n < xs.length && upper[n] !== null && lower[n] !== null;
    if (known && start === null) start = n;
    if (!known && start !== null) {
      const forth = [];
      const back = [];
      for (let m = start; m < n; m += 1) {
        forth.push(`${rounded(xs[m])} ${rounded(upper[m])}`);
        back.push(`${rounded(xs[m])} ${rounded(lower[m])}`);
      }
      path += `M${forth.join("L")}L${back.reverse().join("L")}Z`;
      start = null;
    }
  }
  return path;
}

/** Call `at` with the share of a chart's width where a finger or the mouse is while it is down. */
function seekOn(element, { left, right }, at) {
  const tell = (event) => {
    const box = element.getBoundingClientRect();
    at(Math.min(1, Math.max(0, (event.clientX - box.left - left) / Math.max(1, box.width - left - right))));
  };
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    tell(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) tell(event);
  });
}

/**
 * The curves of one angle. x is the common time of each step, from 0 to 1; a and b hold its degrees, null where
 * missing, and whether they are to be trusted: where not, lines are faint and no difference is shaded.
 */
class Curve {
  constructor(name, x, a, b, seek) {
    Object.assign(this, { name, x, a, b });
    this.told = html("span", { className: "told" });
    this.plot = html("div", { className: "plot" });
    this.plot.setAttribute("aria-hidden", "true"); // the line above says it
    this.element = html("div", { className: "curve" }, html("h3", { textContent: name }), this.told, this.plot);
    this.margins = { left: 34, right: 8 };
    seekOn(this.plot, this.margins, seek);
  }

  draw() {
    const [width, height, { left, right }] = [this.plot.clientWidth, 120, this.margins];
    const known = [this.a, this.b].flatMap(({ degrees }) => degrees.filter((value) => value !== null));
    const chart = svg("svg", { width, height });
    this.cursor = svg("line", { class: "cursor", y1: 4, y2: height - 6 });
    if (known.length > 0) {
      const [least, most] = [Math.min(...known), Math.max(...known)];
      const room = Math.max(20, most - least) * 0.08;
      const [low, high] = [least - room, Math.max(most, least + 20) + room];
      const y = (value) => (value === null ? null : height - 8 - ((value - low) / (high - low)) * (height - 14));
      const every = [5, 10, 15, 30, 45, 60, 90].find((step) => (high - low) / step <= 5) || 90;
      for (let tick = Math.ceil(low / every) * every; tick <= high; tick += every) {
        chart.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }));
        chart.append(svg("text", { x: left - 5, y: y(tick) + 4, "text-anchor": "end" }, `${tick}°`));
      }
      const xs = this.x.map((share) => left + share * (width - left - right));
      const lines = [this.a, this.b].map((line) => ({ faint: line.degrees.map(y), sure: line.degrees.map((value, n) => (line.trusted[n] ? y(value) : null)) }));
      chart.append(svg("path", { class: "shade", d: areaBetween(xs, lines[0].sure, lines[1].sure) }));
      lines.forEach((line, n) => Object.entries(line).forEach(([kind, ys]) => {
        chart.append(svg("path", { class: `line ${"ab"[n]} ${kind}`, d: lineThrough(xs, ys) }));
      }));
    }
    chart.append(this.cursor);
    this.plot.replaceChildren(chart);
    this.width = width;
  }

  show(step, a, b) {
    const degrees = (value) => (value === null ? "–" : `${Math.round(value)}°`);
    const apart = a === null || b === null ? "" : `, B ${b - a < 0 ? "−" : "+"}${Math.abs(Math.round(b - a))}°`;
    this.told.textContent = `A ${degrees(a)}, B ${degrees(b)}${apart}`;
    const at = this.margins.left + this.x[step] * (this.width - this.margins.left - this.margins.right);
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, rounded(at));
  }
}

/** How sure the alignment is, under the slider: as high as it is sure, and in another colour where it is not likely. */
function drawStrip(element, x, confidence, sure) {
  const [width, height] = [element.clientWidth, element.clientHeight];
  const chart = svg("svg", { width, height });
  const xs = x.map((share) => share * width);
  const paths = { sure: "", unsure: "" };
  confidence.forEach((value, n) => {
    const start = n > 0 ? (xs[n - 1] + xs[n]) / 2 : xs[n];
    const end = n + 1 < xs.length ? (xs[n] + xs[n + 1]) / 2 : xs[n];
    const top = rounded((height - 2) * (1 - value));
    paths[value >= sure ? "sure" : "unsure"] += `M${rounded(start)} ${height}V${top}H${rounded(end)}V${height}Z`;
  });
  Object.entries(paths).forEach(([kind, d]) => chart.append(svg("path", { class: kind, d })));
  element.replaceChildren(chart);
}

/** The path from the seconds of A to those of B; gives a function that moves its cursor. */
function drawPath(element, timesA, timesB, seek) {
  const margin = { left: 44, right: 8, top: 8, bottom: 34 };
  const width = Math.min(element.clientWidth, 420);
  const height = Math.round(width * 0.75);
  const last = (list) => list[list.length - 1];
  const span = (times) => Math.max(1e-9, last(times) - times[0]);
  const place = (times, value, from, to) => from + ((value - times[0]) / span(times)) * (to - from);
  const x = (time) => place(timesA, time, margin.left, width - margin.right);
  const y = (time) => place(timesB, time, height - margin.bottom, margin.top);
  const chart = svg("svg", { width, height, role: "img", "aria-label": "Path: seconds of A to the right, seconds of B upwards" });
  chart.append(svg("path", { class: "grid", d: `M${margin.left} ${margin.top}V${height - margin.bottom}H${width - margin.right}` }));
  for (const share of [0, 0.5, 1]) {
    const [a, b] = [timesA, timesB].map((times) => times[0] + share * span(times));
    const anchor = ["start", "middle", "end"][2 * share];
    chart.append(svg("text", { x: x(a), y: height - margin.bottom + 15, "text-anchor": anchor }, a.toFixed(2)));
    chart.append(svg("text", { x: margin.left - 5, y: y(b) + 4, "text-anchor": "end" }, b.toFixed(2)));
  }
  chart.append(svg("text", { class: "a", x: width / 2, y: height - 4, "text-anchor": "middle" }, "A, seconds"));
  chart.append(svg("text", { class: "b", x: margin.left + 6, y: margin.top + 10 }, "B, seconds"));
  const straight = `M${x(timesA[0])} ${y(timesB[0])}L${x(last(timesA))} ${y(last(timesB))}`;
  chart.append(svg("path", { class: "clock", d: straight }));
  chart.append(svg("path", { class: "line", d: lineThrough(timesA.map(x), timesB.map(y)) }));
  const dot = svg("circle", { class: "dot", r: 5 });
  chart.append(dot);
  element.replaceChildren(chart);
  seekOn(chart, margin, (share) => seek(timesA[0] + share * span(timesA)));
  return (a, b) => {
    dot.setAttribute("cx", rounded(x(a)));
    dot.setAttribute("cy", rounded(y(b)));
  };
}
