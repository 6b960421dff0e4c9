"use strict";

// Two clips of each action under one slider: the first, and beside it the second as each method brings it into step.

function make(kind, properties = {}, ...children) {
  const element = Object.assign(document.createElement(kind), properties);
  element.append(...children);
  return element;
}

/** A bar of a clip's phases, with a cursor; nothing where no frame has a phase. */
function phaseBar({ phases }, colours) {
  if (phases.every((phase) => phase < 0)) return null;
  const share = (n) => `${((100 * n) / phases.length).toFixed(2)}%`;
  const stops = phases.map((phase, n) => `${colours[phase] || "transparent"} ${share(n)} ${share(n + 1)}`);
  const bar = make("div", { className: "bar" }, make("i"));
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return bar;
}

/** What is seen of one action. */
class Scene {
  constructor(scene) {
    this.scene = scene;
    this.step = 0;
    this.clips = scene.clips.map((clip) => ({
      ...clip,
      size: [scene.side, scene.side],
      shown: clip.images && new Pictures({ stride: 1, images: clip.images }, () => this.show()),
    }));
    const [first, second] = this.clips;
    const all = first.frames.map((_, n) => n);
    this.panels = [this.panel(first, "", all), ...scene.rows.map(({ name, at }) => this.panel(second, name, at))];
    this.slider = make("input", { type: "range", min: 0, max: first.frames.length - 1, value: 0 });
    this.slider.setAttribute("aria-label", `Moment of ${first.video}`);
    this.button = make("button", { type: "button", textContent: "Play" });
    this.told = make("span", { className: "told" });
    this.element = make("div", { className: "scene" },
      make("div", { className: "panels" }, ...this.panels.map((panel) => panel.element)),
      make("div", { className: "player" }, this.button, this.slider, this.told));
    this.slider.addEventListener("input", () => {
      this.play(false);
      this.seek(Number(this.slider.value));
    });
    this.slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.play(!this.timer);
    });
    this.button.addEventListener("click", () => this.play(!this.timer));
    // Also when the part it lies in is opened.
    new ResizeObserver(() => this.show()).observe(this.element);
  }

  panel(clip, name, at) {
    const canvas = make("canvas");
    canvas.setAttribute("role", "img");
    const told = make("span");
    const bar = phaseBar(clip, this.scene.colours);
    const element = make("div", { className: "panel" }, make("b", { textContent: name || "the first clip" }), canvas, ...[bar, told].filter(Boolean));
    return { clip, name, at, canvas, told, bar, element };
  }

  seek(step) {
    this.step = step;
    this.slider.value = step;
    this.show();
  }

  play(on) {
    clearInterval(this.timer);
    const { seconds } = this.scene;
    const last = this.clips[0].frames.length - 1;
    const pause = seconds && last > 0 ? (1000 * (seconds[last] - seconds[0])) / last : 80;
    this.timer = on && setInterval(() => {
      if (this.element.clientWidth === 0) this.play(false);
      else this.seek(this.step < last ? this.step + 1 : 0);
    }, pause);
    this.button.textContent = on ? "Stop" : "Play";
  }

  show() {
    if (this.element.clientWidth === 0) return;
    const wanted = this.clips[0].phases[this.step];
    this.panels.forEach(({ clip, name, at, canvas, told, bar }) => {
      const place = at[this.step];
      drawFrame(canvas, clip, place, { view: clip.shown ? "picture" : "skeleton", part: [0, 0, ...clip.size] });
      if (clip.shown && this.timer) clip.shown.ahead(place);
      const phase = clip.phases[place];
      const sign = name === "" || wanted < 0 || phase < 0 ? "" : phase === wanted ? " ✓" : " ✗";
      told.textContent = `frame ${clip.frames[place]}${phase < 0 ? "" : `, ${this.scene.phases[phase]}`}${sign}`;
      canvas.setAttribute("aria-label", `${clip.video}${name && ` by ${name}`}, ${told.textContent}`);
      if (bar) bar.firstChild.style.left = `${(100 * (place + 0.5)) / clip.frames.length}%`;
    });
    const time = this.scene.seconds && `${this.scene.seconds[this.step].toFixed(2)} s`;
    this.told.textContent = time || `frame ${this.clips[0].frames[this.step]}`;
    this.slider.setAttribute("aria-valuetext", `${this.told.textContent}, ${this.panels[0].told.textContent}`);
  }
}

document.querySelectorAll("figure.scrubber").forEach((figure) => {
  const data = figure.querySelector("script");
  const scenes = JSON.parse(data.textContent).map((scene, n) => make("details", { open: n === 0 },
    make("summary", { textContent: `${scene.action}: ${scene.clips.map(({ video }) => video).join(" and ")}` }), new Scene(scene).element));
  data.after(...scenes);
});
