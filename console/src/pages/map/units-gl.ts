/** The programs that draw units and their names. */

import type { Colors } from "./shapes";

const LEG = `#version 300 es
precision highp float;
in vec4 a_leg;
in vec4 a_rest; // begins, ends, course, look
uniform vec2 u_middle;
uniform vec2 u_scale;
uniform float u_now;
vec2 place() {
  float share = clamp((u_now - a_rest.x) / max(a_rest.y - a_rest.x, 0.001), 0.0, 1.0);
  vec2 at = (mix(a_leg.xy, a_leg.zw, share) - u_middle) * u_scale;
  return vec2(at.x, -at.y);
}
`;

const MARK_VERTEX = `${LEG}
uniform float u_size;
flat out vec2 v_turn;
flat out int v_look;
flat out float v_half;
void main() {
  int look = int(a_rest.w);
  v_look = look;
  float course = radians(a_rest.z);
  v_turn = vec2(cos(course), sin(course));
  gl_Position = vec4(place(), 0.0, 1.0);
  gl_PointSize = u_size * (look >= 8 ? 1.75 : 1.0) + 2.0;
  v_half = gl_PointSize / 2.0;
}`;

const MARK_FRAGMENT = `#version 300 es
precision highp float;
flat in vec2 v_turn;
flat in int v_look;
flat in float v_half;
uniform vec3 u_fill[3];
uniform vec3 u_edge;
uniform vec3 u_ring;
out vec4 color;
void main() {
  vec2 at = (gl_PointCoord - 0.5) * 2.0;
  bool marked = v_look >= 8;
  int look = marked ? v_look - 8 : v_look;
  float far = length(at);
  vec2 p = at * (marked ? 1.75 : 1.0);
  float shape;
  if (look == 0) {
    // An arrow with its tip ahead.
    vec2 q = vec2(abs(p.x * v_turn.x + p.y * v_turn.y), -(-p.x * v_turn.y + p.y * v_turn.x));
    float side = dot(q - vec2(0.0, 0.92), normalize(vec2(1.62, 0.7)));
    float foot = dot(q - vec2(0.0, -0.42), normalize(vec2(-0.28, -0.7)));
    shape = max(side, foot);
  } else {
    shape = length(p) - 0.62;
  }
  float soft = (marked ? 1.75 : 1.0) / v_half;
  float edge = 0.2;
  float whole = 1.0 - smoothstep(-soft, soft, shape);
  float inner = 1.0 - smoothstep(-soft, soft, shape + edge);
  vec3 fill = u_fill[look];
  if (look == 2) inner *= smoothstep(-soft, soft, length(p) - 0.2);
  vec4 made = vec4(mix(u_edge, fill, inner), 1.0) * whole;
  if (marked) {
    float ring = smoothstep(0.12, 0.06, abs(far - 0.88));
    float halo = 1.0 - smoothstep(0.86, 0.92, far);
    vec4 behind = vec4(u_ring, 1.0) * max(ring, halo * 0.28);
    made = made + behind * (1.0 - made.a);
  }
  if (made.a < 0.01) discard;
  color = made;
}`;

const NAME_VERTEX = `${LEG}
in vec4 a_corner; // pixels from the unit, place in the picture
uniform vec2 u_pixel;
out vec2 v_place;
void main() {
  v_place = a_corner.zw;
  gl_Position = vec4(place() + a_corner.xy * u_pixel, 0.0, 1.0);
}`;

const NAME_FRAGMENT = `#version 300 es
precision mediump float;
in vec2 v_place;
uniform sampler2D u_picture;
out vec4 color;
void main() {
  color = texture(u_picture, v_place);
}`;

export interface Draw {
  count: number;
  middle: [number, number];
  scale: [number, number];
  now: number;
  size: number;
  ratio: number;
  colors: Colors;
}

export interface Programs {
  upload(data: Float32Array): void;
  name(names: readonly { slot: number; name: string }[], colors: Colors): void;
  draw(asked: Draw): void;
}

function rgb(color: string): [number, number, number] {
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [(r ?? 0) / 255, (g ?? 0) / 255, (b ?? 0) / 255];
}

function program(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(made) ?? "");
  return made;
}

/** Floats of a corner of a name: the leg and when, as of the unit, then where the corner is. */
const CORNER = 12;
const LINE = 20;
const WIDEST = 180;

/** Draws names into one picture; each is a line of it. */
function written(names: readonly string[], colors: Colors, ratio: number): [HTMLCanvasElement, number[]] {
  const canvas = document.createElement("canvas");
  canvas.width = WIDEST * ratio;
  canvas.height = Math.max(1, names.length) * LINE * ratio;
  const pen = canvas.getContext("2d")!;
  pen.scale(ratio, ratio);
  pen.font = "600 11.5px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const widths = names.map((name, at) => {
    const text = name.length > 26 ? `${name.slice(0, 25)}…` : name;
    pen.strokeStyle = colors.surface;
    pen.lineWidth = 3.5;
    pen.strokeText(text, 3, at * LINE + LINE / 2);
    pen.fillStyle = colors.text;
    pen.fillText(text, 3, at * LINE + LINE / 2);
    return Math.min(WIDEST, Math.ceil(pen.measureText(text).width) + 6);
  });
  return [canvas, widths];
}

export function createPrograms(gl: WebGL2RenderingContext): Programs {
  const marks = program(gl, MARK_VERTEX, MARK_FRAGMENT);
  const labels = program(gl, NAME_VERTEX, NAME_FRAGMENT);
  const buffer = gl.createBuffer();
  const corners = gl.createBuffer();
  const picture = gl.createTexture();
  const STRIDE = 32;
  const known = new Map<string, WebGLUniformLocation | null>();
  const uniform = (of: WebGLProgram, name: string) => {
    const key = (of === marks ? "m" : "n") + name;
    if (!known.has(key)) known.set(key, gl.getUniformLocation(of, name));
    return known.get(key)!;
  };
  let latest = new Float32Array(0);
  let shown: { slot: number; corner: Float32Array }[] = [];
  let room = 0;

  const vao = (of: WebGLProgram, from: WebGLBuffer | null, stride: number, extra: boolean) => {
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, from);
    for (const [name, offset] of [["a_leg", 0], ["a_rest", 16], ...(extra ? [["a_corner", 32] as const] : [])] as const) {
      const at = gl.getAttribLocation(of, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 4, gl.FLOAT, false, stride, offset);
    }
    return array;
  };
  const markArray = vao(marks, buffer, STRIDE, false);
  const nameArray = vao(labels, corners, CORNER * 4, true);

  /** Corners of names go where their units go: they have the same legs. */
  const refill = () => {
    const data = new Float32Array(shown.length * 6 * CORNER);
    shown.forEach(({ slot, corner }, index) => {
      const leg = latest.subarray(slot * 8, slot * 8 + 8);
      for (let at = 0; at < 6; at++) {
        const start = (index * 6 + at) * CORNER;
        data.set(leg, start);
        data.set(corner.subarray(at * 4, at * 4 + 4), start + 8);
      }
    });
    gl.bindBuffer(gl.ARRAY_BUFFER, corners);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  };

  return {
    upload(data) {
      latest = data.slice();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      if (data.byteLength > room) gl.bufferData(gl.ARRAY_BUFFER, (room = Math.ceil(data.byteLength * 1.3)), gl.DYNAMIC_DRAW);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, data);
      if (shown.length) refill();
    },
    name(names, colors) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      const [canvas, widths] = written(names.map(({ name }) => name), colors, ratio);
      gl.bindTexture(gl.TEXTURE_2D, picture);
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
      shown = names.map(({ slot }, at) => {
        const [left, right, top, bottom] = [12, 12 + widths[at]!, LINE / 2, -LINE / 2];
        const [u, v0, v1] = [widths[at]! / WIDEST, at / names.length, (at + 1) / names.length];
        return { slot, corner: new Float32Array([left, top, 0, v0, right, top, u, v0, left, bottom, 0, v1, right, top, u, v0, right, bottom, u, v1, left, bottom, 0, v1]) };
      });
      refill();
    },
    draw({ count, middle, scale, now, size, ratio, colors }) {
      gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (!count) return;
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      for (const one of [marks, labels]) {
        gl.useProgram(one);
        const at = (name: string) => uniform(one, name);
        gl.uniform2f(at("u_middle"), ...middle);
        gl.uniform2f(at("u_scale"), ...scale);
        gl.uniform1f(at("u_now"), now);
        if (one === marks) {
          gl.uniform1f(at("u_size"), size);
          gl.uniform3fv(at("u_fill"), [...rgb(colors.accent), ...rgb(colors.text), ...rgb(colors.textSoft)]);
          gl.uniform3f(at("u_edge"), ...rgb(colors.surface));
          gl.uniform3f(at("u_ring"), ...rgb(colors.accent));
          gl.bindVertexArray(markArray);
          gl.drawArrays(gl.POINTS, 0, count);
        } else if (shown.length) {
          gl.uniform2f(at("u_pixel"), (2 * ratio) / gl.drawingBufferWidth, (2 * ratio) / gl.drawingBufferHeight);
          gl.bindTexture(gl.TEXTURE_2D, picture);
          gl.bindVertexArray(nameArray);
          gl.drawArrays(gl.TRIANGLES, 0, shown.length * 6);
        }
      }
    },
  };
}
