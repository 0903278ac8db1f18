import type { Picture } from '../../../base/picture.ts'
import type { Random } from '../../../base/random.ts'
import { resample } from '../../prepare/resample.ts'
import type { Part, PretextTask } from '../task.ts'
import { windowOf } from '../windows.ts'

/** Side of the cropped part as a share of the whole, as in Van Hoorick and Vondrick. */
const shares = [0.5, 0.9] as const

/** Where the part lies: 0 at the left or the top, 1 at the right or the bottom. */
const places = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
  [0.5, 0.5],
]

const whole: Part = { left: 0, top: 0, side: 1 }

/** Which part of a picture: Van Hoorick and Vondrick, "Dissecting Image Crops" (ICCV 2021). */
export const crop = taskOfParts({
  name: 'crop',
  question: 'is this a part of a larger image, and which?',
  classes: ['top left', 'top right', 'bottom left', 'bottom right', 'middle', 'not cropped'],
  part(form, stream) {
    const side = stream.uniform(...shares)
    const place = places[form]
    return place ? { left: place[0] * (1 - side), top: place[1] * (1 - side), side } : whole
  },
})

/** The same with parts from anywhere. */
export const cropped = taskOfParts({
  name: 'cropped',
  question: 'is this a part of a larger image?',
  classes: ['whole', 'a part'],
  part(form, stream) {
    const side = stream.uniform(...shares)
    const [left, top] = [stream.uniform(0, 1 - side), stream.uniform(0, 1 - side)]
    return form === 1 ? { left, top, side } : whole
  },
})

function taskOfParts(
  task: Pick<PretextTask, 'name' | 'question' | 'classes'> & Required<Pick<PretextTask, 'part'>>,
): PretextTask {
  return {
    ...task,
    shortcuts: [
      'An enlarged part is less sharp than a whole image, and its noise is coarser.',
      'A part keeps the JPEG blocks of the whole, shifted.',
      'Lenses darken the corners and spread colours away from the centre: a trace of where the part was, and often the answer that is looked for.',
    ],
    controls: [
      'All forms are reduced from a larger source with one kernel, and then to a random resolution and back.',
      'Noise images: what is recognised there is recognised by the resampling.',
    ],
    frame: 'whole',
    // At twice the size a part is less sharp than the whole, and a classifier of spectra tells them apart.
    sourceScale: 4,
    transform: (source, form, { side, stream }) => shownPart(source, task.part(form, stream), side, stream),
  }
}

function shownPart(source: Picture, part: Part, side: number, stream: Random): Picture {
  const cut = Math.round(part.side * source.width)
  const [left, top] = [part.left, part.top].map(share =>
    Math.min(source.width - cut, Math.round(share * source.width)),
  )
  return throughResolution(windowOf(source, { left, top, width: cut, height: cut }), side, stream)
}

/** Resampled to `side`, by way of a random lower resolution that hides what the picture had. */
export function throughResolution(picture: Picture, side: number, stream: Random): Picture {
  const between = Math.round(side * stream.uniform(0.6, 0.9))
  const reduced = resample(picture, between, between)
  return resample(reduced, side, side)
}
