/** Draws a face by its parameters: who it is, and what it does. Lengths are shares of the side of the tile. */
import { random } from '../../../base/random.ts'
import type { Expression } from './signals.ts'

type Colour = readonly [red: number, green: number, blue: number]

/** What stays the same of a person. */
export interface Identity {
  skin: Colour
  hair: Colour
  eyes: Colour
  wall: Colour
  /** half axes of the head */
  width: number
  height: number
  /** distance of the eyes from the middle, and how large they are */
  apart: number
  eye: number
  /** half the width of the mouth */
  mouth: number
  brow: number
  /** how far the hair comes down */
  fringe: number
}

export function identityOf(seed: number, person: number): Identity {
  const { uniform } = random(seed, 'identity', person)
  const tone = uniform(0.35, 1)
  const skin: Colour = [90 + 150 * tone, 60 + 135 * tone, 45 + 115 * tone]
  const dark = uniform(0, 1)
  return {
    skin,
    hair: [30 + 150 * dark * uniform(0.6, 1), 22 + 100 * dark, 18 + 50 * dark],
    eyes: [uniform(30, 90), uniform(50, 110), uniform(40, 130)],
    wall: [uniform(60, 200), uniform(60, 200), uniform(60, 200)],
    width: uniform(0.22, 0.29),
    height: uniform(0.3, 0.37),
    apart: uniform(0.088, 0.12),
    eye: uniform(0.036, 0.05),
    mouth: uniform(0.075, 0.115),
    brow: uniform(0.008, 0.018),
    fringe: uniform(0.1, 0.2),
  }
}

/** A tile of `side` x `side` pixels, written into an image `stride` pixels wide from `left` and `top` on. */
export function drawFace(
  data: Uint8Array,
  { stride, left, top, side }: { stride: number; left: number; top: number; side: number },
  who: Identity,
  { smile, open, brows, lids, gaze }: Expression,
  head: { x: number; y: number },
): void {
  const soft = 1 / side
  const [cx, cy] = [0.5 + head.x, 0.53 + head.y]
  const lip: Colour = [Math.min(255, who.skin[0] * 0.82 + 20), who.skin[1] * 0.55, who.skin[2] * 0.55]
  const lidHeight = who.eye * (0.55 + 0.42 * lids)
  const browHeight = 0.085 + 0.028 * brows
  const openness = 0.006 + 0.036 * (open + 1)
  const curve = 0.045 * smile
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [u, v] = [(x + 0.5) / side - cx, (y + 0.5) / side - cy]
      const light = 1 - 0.25 * ((y + 0.5) / side)
      let [r, g, b] = [who.wall[0] * light, who.wall[1] * light, who.wall[2] * light]
      const paint = (colour: Colour, cover: number) => {
        if (cover <= 0) return
        const share = Math.min(1, cover)
        r += (colour[0] - r) * share
        g += (colour[1] - g) * share
        b += (colour[2] - b) * share
      }
      const round = (px: number, py: number, rx: number, ry: number) => {
        const [across, down] = [(u - px) / rx, (v - py) / ry]
        // Math.hypot takes many times as long.
        const radius = Math.sqrt(across * across + down * down)
        return ((1 - radius) * Math.min(rx, ry)) / soft + 0.5
      }
      // Shoulders, hair, neck, head.
      paint(who.eyes, round(0, 0.62, 0.42, 0.28))
      paint(who.hair, round(0, -0.07, who.width * 1.16, who.height * 1.06))
      paint(who.skin, round(0, 0.36, who.width * 0.45, 0.18))
      const shade =
        0.82 + 0.18 * Math.max(0, 1 - Math.sqrt((u / who.width) ** 2 + ((v + 0.06) / who.height) ** 2))
      paint(
        [who.skin[0] * shade, who.skin[1] * shade, who.skin[2] * shade],
        round(0, 0, who.width, who.height),
      )
      if (v < -who.height + who.fringe) paint(who.hair, round(0, -0.02, who.width * 1.04, who.height * 1.03))
      for (const where of [-1, 1]) {
        const eye = where * who.apart
        paint([245, 245, 240], round(eye, -0.055, who.eye, lidHeight))
        const inside = round(eye, -0.055, who.eye, lidHeight)
        if (inside > 0) {
          paint(who.eyes, Math.min(inside, round(eye + 0.017 * gaze, -0.055, who.eye * 0.52, who.eye * 0.52)))
          paint(
            [10, 10, 12],
            Math.min(inside, round(eye + 0.017 * gaze, -0.055, who.eye * 0.25, who.eye * 0.25)),
          )
        }
        paint(who.hair, round(eye, -0.055 - browHeight, who.eye * 1.35, who.brow))
      }
      paint([who.skin[0] * 0.78, who.skin[1] * 0.74, who.skin[2] * 0.72], round(0, 0.06, 0.028, 0.018))
      // The mouth: two arcs between corners that go up or down.
      const across = u / who.mouth
      if (Math.abs(across) < 1.15) {
        const bow = 1 - across * across
        const middle = 0.17 - curve * (across * across) * 1.6 + curve * 0.5
        const lips = (0.02 + openness * 0.5) * Math.max(0, bow) - Math.abs(v - middle)
        paint(lip, lips / soft + 0.5)
        const gap = (openness - 0.004) * 0.5 * 1.6 * Math.max(0, bow) - Math.abs(v - middle)
        paint([60, 15, 20], gap / soft + 0.5)
      }
      const at = 3 * ((top + y) * stride + left + x)
      data[at] = r
      data[at + 1] = g
      data[at + 2] = b
    }
}
