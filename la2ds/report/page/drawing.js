"use strict";

// What is drawn of a clip: its picture, and the skeleton on it or on plain ground.

const LIMBS = { left: "#f5a300", right: "#35a8f0", "": "#f4f1a1" };
const NIGHT = "#10131a";
const HELD = 90; // decoded pictures of a clip that are kept

/** The pictures of a clip, decoded when they are needed. */
class Pictures {
  constructor(held, ready) {
    this.stride = held.stride;
    this.images = held.images;
    this.ready = ready;
    this.decoded = new Map();
    this.waiting = new Set();
  }

  number(frame) {
    return Math.min(this.images.length - 1, Math.round(frame / this.stride));
  }

  /** The picture of a frame, or null as long as it is not decoded; then `ready` is called. */
  get(frame) {
    const number = this.number(frame);
    const bitmap = this.decoded.get(number);
    if (bitmap) {
      this.decoded.delete(number); // used last, dropped last
      this.decoded.set(number, bitmap);
      return bitmap;
    }
    this.load(number);
    return null;
  }

  load(number) {
    if (number < 0 || number >= this.images.length || this.waiting.has(number) || this.decoded.has(number)) return;
    this.waiting.add(number);
    const bytes = Uint8Array.from(atob(this.images[number]), (character) => character.charCodeAt(0));
    createImageBitmap(new Blob([bytes], { type: "image/webp" })).then((bitmap) => {
      this.waiting.delete(number);
      this.decoded.set(number, bitmap);
      if (this.decoded.size > HELD) {
        const [oldest, dropped] = this.decoded.entries().next().value;
        this.decoded.delete(oldest);
        dropped.close();
      }
      this.ready();
    });
  }

  ahead(frame) {
    for (let n = 1; n <= 12; n += 1) this.load(this.number(frame) + n);
  }
}

/** Give a canvas the pixels that it has on the screen. */
function fit(canvas) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.max(1, Math.round(size * ratio)));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}

/** The part of the film around the joints of one frame, with some room; that of all frames where it has none. */
function around(clip, frame) {
  const seen = (first) => clip.poses[frame].filter((value, n) => n % 2 === first && value !== null);
  const [xs, ys] = [seen(0), seen(1)];
  if (xs.length === 0 || ys.length === 0) return clip.box;
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - x, Math.max(...ys) - y];
  const room = 0.12 * Math.max(width, height, 1);
  return [x - room, y - room, width + 2 * room, height + 2 * room];
}

/** A part of the film, made as wide for its height as the canvas: [x, y, width, height]. */
function region(clip, canvas, [x, y, width, height]) {
  const ratio = canvas.width / canvas.height;
  const [wide, high] = [Math.max(width, height * ratio), Math.max(height, width / ratio)];
  x -= (wide - width) / 2;
  y -= (high - height) / 2;
  // Moved into the picture where it would reach beyond an edge.
  if (wide <= clip.size[0]) x = Math.max(0, Math.min(x, clip.size[0] - wide));
  if (high <= clip.size[1]) y = Math.max(0, Math.min(y, clip.size[1] - high));
  return [x, y, wide, high];
}

/**
 * Draw one frame. `view` is both, picture or skeleton, `part` the part of the film; joints in `ringed` get a ring.
 * Returns whether everything could be drawn: false while the picture is being decoded.
 */
function drawFrame(canvas, clip, frame, { view, part, ringed = [] }) {
  fit(canvas);
  const context = canvas.getContext("2d");
  const [x, y, width] = region(clip, canvas, part);
  const scale = canvas.width / width;
  const picture = view !== "skeleton" && clip.shown ? clip.shown.get(frame) : null;
  if (view !== "skeleton" && clip.shown && !picture) return false;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = NIGHT;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  context.imageSmoothingQuality = "high";
  if (picture) context.drawImage(picture, 0, 0, ...clip.size);
  context.setTransform(1, 0, 0, 1, 0, 0);
  const place = (joint) => {
    const [u, v] = clip.poses[frame].slice(2 * joint, 2 * joint + 2);
    return u === null || v === null ? null : [(u - x) * scale, (v - y) * scale];
  };
  const unit = canvas.width / 200;
  if (view !== "picture") drawSkeleton(context, clip, place, unit);
  ringed.map(place).filter(Boolean).forEach(([u, v]) => {
    context.strokeStyle = "#ffffff";
    context.lineWidth = 5 * unit;
    context.beginPath();
    context.arc(u, v, 18 * unit, 0, 2 * Math.PI);
    context.stroke();
  });
  canvas.dataset.frame = String(frame);
  canvas.dataset.picture = picture ? String(clip.shown.number(frame)) : "";
  return true;
}

function drawSkeleton(context, clip, place, unit) {
  context.lineCap = "round";
  for (const [width, under] of [[3.6, true], [2.1, false]]) {
    for (const [from, to] of clip.limbs) {
      const [start, end] = [place(from), place(to)];
      if (!start || !end) continue;
      context.strokeStyle = under ? NIGHT : LIMBS[clip.sides[from] === clip.sides[to] ? clip.sides[from] : ""];
      context.lineWidth = width * unit;
      context.beginPath();
      context.moveTo(...start);
      context.lineTo(...end);
      context.stroke();
    }
  }
  clip.sides.forEach((side, joint) => {
    const at = place(joint);
    if (!at) return;
    context.fillStyle = LIMBS[side];
    context.strokeStyle = NIGHT;
    context.lineWidth = 0.7 * unit;
    context.beginPath();
    context.arc(...at, 2.1 * unit, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  });
}
