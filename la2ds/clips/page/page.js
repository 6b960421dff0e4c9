"use strict";

// Two clips in step. A step is a row of the match's path; everything on the page shows the step that the slider is at.

const by = (id) => document.getElementById(id);
const data = JSON.parse(by("data").textContent);
const clips = { a: data.a, b: data.b };
const [pathA, pathB] = data.path;
const last = pathA.length - 1;
const SIDES = ["a", "b"];
const clamp = (value, most) => Math.max(0, Math.min(most, value));
const frames = { a: data.a.times.length, b: data.b.times.length };

/** Share of a clip that has passed at a frame. */
function share(times, frame) {
  const whole = times[times.length - 1] - times[0];
  return whole > 0 ? (times[frame] - times[0]) / whole : 0;
}

/** The common time of each step, from 0 to 1: the mean of the shares of both clips. */
const common = pathA.map((a, step) => (last > 0 ? (share(clips.a.times, a) + share(clips.b.times, pathB[step])) / 2 : 0));

/** When each step begins, in seconds of A; the steps of one frame of A share its time. */
const clock = (() => {
  const { times } = clips.a;
  const usual = times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) : 1 / 25;
  const begins = new Array(pathA.length);
  for (let start = 0, end; start <= last; start = end) {
    const frame = pathA[start];
    for (end = start; end <= last && pathA[end] === frame;) end += 1;
    const length = frame + 1 < times.length ? times[frame + 1] - times[frame] : usual;
    for (let step = start; step < end; step += 1) begins[step] = times[frame] + (length * (step - start)) / (end - start);
  }
  begins.push(times[times.length - 1] + usual);
  return begins;
})();

const state = { step: 0, offset: 0, loose: { a: 0, b: 0 }, view: "both", whole: false, speed: 1, playing: false, time: 0 };
const matched = (side) => (side === "a" ? pathA : pathB)[state.step] + (side === "b" ? state.offset : 0);
const frameOf = (side) => clamp(matched(side) + state.loose[side], frames[side] - 1);
const secondsOf = (side, frame) => `${clips[side].times[frame].toFixed(2)} s`;

/** The last step that has begun, of a rising list. */
function stepAt(list, value) {
  let [low, high] = [0, last];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (list[middle] <= value) low = middle; else high = middle - 1;
  }
  return low;
}

/** The step nearest to a value of a rising list. */
function nearest(list, value) {
  const step = stepAt(list, value);
  return step < last && list[step + 1] - value < value - list[step] ? step + 1 : step;
}

// What is shown

const partOf = (clip) => (state.whole ? [0, 0, ...clip.size] : clip.box);

let queued = false;
function show() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    if (moveOnPath) showNow();
  });
}

function showNow() {
  SIDES.forEach((side) => {
    const frame = frameOf(side);
    drawFrame(by(`canvas-${side}`), clips[side], frame, { view: state.view, part: partOf(clips[side]) });
    if (state.playing && clips[side].shown) clips[side].shown.ahead(frame);
    const told = `${secondsOf(side, frame)}, frame ${frame}`;
    const apart = state.loose[side] === 0 ? "" : ` (alone ${signed(state.loose[side])})`;
    by(`at-${side}`).textContent = told + apart;
    by(`canvas-${side}`).setAttribute("aria-label", `${clips[side].title}, ${told}`);
  });
  const slider = by("slider");
  slider.value = common[state.step];
  slider.setAttribute("aria-valuetext", `${by("at-a").textContent} of A, ${by("at-b").textContent} of B`);
  const [a, b] = SIDES.map(frameOf);
  curves.forEach((curve) => {
    if (!curve.element.hidden) curve.show(state.step, data.a.angles[curve.number][a], data.b.angles[curve.number][b]);
  });
  moveOnPath(clips.a.times[a], clips.b.times[b]);
  const apart = SIDES.filter((side) => state.loose[side] !== 0);
  by("loose").textContent = apart.map((side) => `${side.toUpperCase()} ${signed(state.loose[side])}`).join(", ");
  by("restore").disabled = apart.length === 0 && state.offset === 0;
}

const signed = (number) => (number > 0 ? `+${number}` : `−${Math.abs(number)}`);

function seek(step, { keepTime = false } = {}) {
  state.step = clamp(step, last);
  if (!keepTime) state.time = clock[state.step];
  state.loose = { a: 0, b: 0 };
  show();
}

// Ways through time

let before = 0;
function play(on) {
  if (on && state.step === last) seek(0);
  state.playing = on;
  by("play").textContent = on ? "Stop" : "Play";
  if (on) {
    before = performance.now();
    requestAnimationFrame(tick);
  }
}

function tick(now) {
  if (!state.playing) return;
  // A page that was out of sight for a while goes on where it was.
  state.time += Math.min(Math.max(0, now - before), 250) / 1000 * state.speed;
  before = now;
  if (state.time >= clock[last + 1]) {
    if (!by("loop").checked) {
      seek(last);
      play(false);
      return;
    }
    [state.time] = clock;
  }
  seek(stepAt(clock, state.time), { keepTime: true });
  requestAnimationFrame(tick);
}

function go(step) {
  play(false);
  seek(step);
}

function alone(side, by_) {
  play(false);
  state.loose[side] = clamp(matched(side) + state.loose[side] + by_, frames[side] - 1) - matched(side);
  show();
}

function setOffset(value) {
  const most = frames.b - 1;
  state.offset = Number.isFinite(value) ? Math.max(-most, Math.min(most, Math.round(value))) : 0;
  by("offset").value = String(state.offset);
  show();
}

function restore() {
  state.loose = { a: 0, b: 0 };
  setOffset(0);
}

// Marks

const marks = new Marks({ a: clips.a.name, b: clips.b.name }, showMarks);

function showMarks() {
  const rows = marks.list.map((mark) => {
    const name = html("td", {}, html("span", { className: `side ${mark.side}`, textContent: mark.side.toUpperCase() }), ` ${marks.names[mark.side]}`);
    const there = html("button", { type: "button", textContent: mark.event, title: "Go there" });
    there.addEventListener("click", () => go(nearest(mark.side === "a" ? pathA : pathB, mark.frame - (mark.side === "b" ? state.offset : 0))));
    const remove = html("button", { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${mark.event} of ${mark.side.toUpperCase()}`);
    remove.addEventListener("click", () => {
      marks.remove(mark);
      (by("marks").querySelector("button") || by("mark-name")).focus();
    });
    const cells = [String(mark.frame), secondsOf(mark.side, mark.frame)].map((textContent) => html("td", { textContent }));
    return html("tr", {}, name, html("td", {}, there), ...cells, html("td", {}, remove));
  });
  by("marks").tBodies[0].replaceChildren(...rows);
  by("marks").hidden = rows.length === 0;
  by("no-marks").hidden = rows.length > 0;
  by("save").disabled = rows.length === 0;
  by("marks-hint").textContent = marks.hint;
  by("mark-names").replaceChildren(...marks.events.map((value) => html("option", { value })));
}

function askName() {
  play(false);
  by("mark-name").focus();
  by("mark-name").select();
}

by("mark-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (by("mark-name").value.trim() === "") {
    askName();
    by("mark-told").textContent = "Give the moment a name.";
    return;
  }
  play(false);
  const chosen = [...by("mark-in").value];
  by("mark-told").textContent = marks.add(by("mark-name").value, Object.fromEntries(chosen.map((side) => [side, frameOf(side)])));
  if (document.activeElement === by("mark-name")) by("slider").focus({ preventScroll: true });
});
by("save").addEventListener("click", () => save(marks.csv(), "labels.csv"));

// The page's parts

function choose(name, value) {
  const input = document.querySelector(`input[name="${name}"][value="${value}"]`);
  if (input) input.checked = true;
  state[name] = name === "speed" ? Number(value) : value;
  show();
}

function next(name) {
  const values = [...document.querySelectorAll(`input[name="${name}"]`)];
  choose(name, values[(values.findIndex((input) => input.checked) + 1) % values.length].value);
}

const curves = data.angles.map((name, number) => {
  const along = (side, path) => ({
    degrees: path.map((frame) => side.angles[number][frame]),
    trusted: path.map((frame) => side.trusted[number][frame] === "1"),
  });
  const curve = new Curve(name, common, along(data.a, pathA), along(data.b, pathB), (at) => go(nearest(common, at)));
  return Object.assign(curve, { number });
});

/** Curves shown first: those that depart, else those that move most. */
function firstCurves() {
  const departing = [...new Set(data.departures.flatMap((departure) => departure.angles))];
  const range = ({ a }) => {
    const known = a.degrees.filter((value, step) => value !== null && a.trusted[step]);
    return known.length > 0 ? Math.max(...known) - Math.min(...known) : 0;
  };
  const moving = [...curves].sort((one, two) => range(two) - range(one)).map((curve) => curve.number);
  return (departing.length > 0 ? departing : moving).slice(0, 3);
}

function layCurves() {
  by("no-angles").hidden = curves.length > 0;
  by("with-angles").hidden = curves.length === 0;
  const first = firstCurves();
  curves.forEach((curve) => {
    const box = html("input", { type: "checkbox", checked: first.includes(curve.number) });
    curve.element.hidden = !box.checked;
    box.addEventListener("change", () => {
      curve.element.hidden = !box.checked;
      if (box.checked) curve.draw();
      show();
    });
    by("angle-choice").append(html("label", {}, box, html("span", { textContent: curve.name })));
    by("curves").append(curve.element);
  });
}

function layDepartures() {
  by("rule").textContent = data.rule;
  by("short").hidden = data.short === "";
  by("short").textContent = data.short;
  data.departures.forEach((departure) => {
    const pictures = SIDES.map((side) => html("canvas", { className: side }));
    const words = html("span", { textContent: departure.text });
    const button = html("button", { type: "button" }, words, html("span", { className: "pair" }, ...pictures));
    button.addEventListener("click", () => go(departure.step));
    by("departures").append(html("li", {}, button));
    thumbs.push(() => SIDES.map((side, n) => drawFrame(pictures[n], clips[side], departure.frames[n],
      { view: "both", part: around(clips[side], departure.frames[n]), ringed: departure.joints })).every(Boolean));
  });
}

const thumbs = [];
let thumbsDone = 0;
function drawThumbs() {
  // One after the other, so that long clips need not keep all of their pictures decoded.
  while (thumbsDone < thumbs.length && thumbs[thumbsDone]()) thumbsDone += 1;
}

let moveOnPath = null; // until everything is laid out
function lay() {
  curves.filter((curve) => !curve.element.hidden).forEach((curve) => curve.draw());
  drawStrip(by("strip"), common, pathA.map((frame) => data.confidence[frame]), data.sure);
  const [a, b] = [pathA.map((frame) => clips.a.times[frame]), pathB.map((frame) => clips.b.times[frame])];
  moveOnPath = drawPath(by("path"), a, b, (time) => go(nearest(a, time)));
  thumbsDone = 0;
  drawThumbs();
  show();
}

/** Keep what the keys reach out from under the clips where these stick to the top. */
function clearStage() {
  const sticks = getComputedStyle(by("stage")).position === "sticky";
  document.documentElement.style.scrollPaddingTop = sticks ? `${by("stage").offsetHeight + 8}px` : "";
}

function begin() {
  SIDES.forEach((side) => {
    document.querySelectorAll(`[data-title="${side}"]`).forEach((element) => { element.textContent = clips[side].title; });
    if (clips[side].pictures) {
      clips[side].shown = new Pictures(clips[side].pictures, () => {
        drawThumbs();
        show();
      });
    }
  });
  by("told").textContent = data.told;
  by("warnings").append(...data.warnings.map((textContent) => html("li", { textContent })));
  by("warnings").hidden = data.warnings.length === 0;
  by("notes").append(...data.notes.map((textContent) => html("li", { textContent })));
  by("footer").textContent = data.footer;
  if (!SIDES.some((side) => clips[side].shown)) {
    by("view").hidden = true;
    state.view = "skeleton";
  }
  choose("view", state.view);
  layCurves();
  layDepartures();
  const boxes = SIDES.map((side) => clips[side].box);
  const shape = Math.max(...boxes.map(([, , width, height]) => width / height));
  by("stage").style.setProperty("--shape", String(Math.min(1.25, Math.max(0.7, shape))));
  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    lay();
  }).observe(document.body);
  new ResizeObserver(clearStage).observe(by("stage"));
  window.addEventListener("resize", clearStage);
}

by("slider").addEventListener("input", () => go(nearest(common, Number(by("slider").value))));
by("play").addEventListener("click", () => play(!state.playing));
by("back").addEventListener("click", () => go(state.step - 1));
by("forth").addEventListener("click", () => go(state.step + 1));
by("restore").addEventListener("click", restore);
by("whole").addEventListener("change", () => {
  state.whole = by("whole").checked;
  show();
});
by("offset").addEventListener("change", () => setOffset(Number(by("offset").value)));
SIDES.forEach((side) => {
  by(`${side}-back`).addEventListener("click", () => alone(side, -1));
  by(`${side}-forth`).addEventListener("click", () => alone(side, 1));
});
["speed", "view"].forEach((name) => by(name).addEventListener("change", (event) => choose(name, event.target.value)));
// Whoever chose with a finger or the mouse goes on with the keys of the player, not of what was chosen.
document.addEventListener("pointerup", ({ target }) => {
  const input = target.closest("label")?.querySelector("input[type=radio], input[type=checkbox]");
  if (input) setTimeout(() => input.blur(), 0);
});

const KEYS = {
  " ": () => play(!state.playing),
  ArrowLeft: ({ shiftKey }) => go(state.step - (shiftKey ? 10 : 1)),
  ArrowRight: ({ shiftKey }) => go(state.step + (shiftKey ? 10 : 1)),
  Home: () => go(0),
  End: () => go(last),
  1: () => alone("a", -1),
  2: () => alone("a", 1),
  3: () => alone("b", -1),
  4: () => alone("b", 1),
  5: () => setOffset(state.offset - 1),
  6: () => setOffset(state.offset + 1),
  0: restore,
  v: () => by("view").hidden || next("view"),
  f: () => next("speed"),
  m: askName,
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const written = target.matches("input[type=text], input[type=number], select");
  if (written) {
    if (key === "Escape") by("slider").focus({ preventScroll: true });
    return;
  }
  // A button, a box and a choice have keys of their own.
  if (key === " " && target.matches("button, summary, input:not([type=range])")) return;
  if (key.startsWith("Arrow") && target.matches("input[type=radio]")) return;
  const act = KEYS[key.length === 1 ? key.toLowerCase() : key];
  if (!act) return;
  event.preventDefault();
  act(event);
});

begin();
