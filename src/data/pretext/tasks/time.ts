import type { PretextTask } from '../task.ts'
import { withChannels } from '../windows.ts'

/**
 * Forwards or backwards: Wei, Lim, Zisserman and Freeman, "Learning and Using the Arrow of Time" (CVPR 2018). The image is
 * three moments of a clip, in grey, as its red, green and blue (`clips.node.ts`); backwards, the last is red.
 */
export const time: PretextTask = {
  name: 'time',
  question: 'does the clip run forwards or backwards?',
  classes: ['forwards', 'backwards'],
  shortcuts: [
    'Video files code most frames by what changed since the last ones: blocks that sharpen over time run forwards.',
    'A camera that always pans, zooms or fades one way gives the order away, whatever is filmed.',
    'Clips of one film may share a caption or a counter.',
  ],
  controls: [
    'Whole clips are held out, never some moments of one.',
    'A still clip, in which all three moments are the same, must be at chance.',
    'The linear classifier on pixels: where it does as well, something always moves or brightens one way.',
  ],
  frame: 'square',
  sourceScale: 1,
  clips: true,
  transform: (source, form) => (form === 0 ? source : withChannels(source, [2, 1, 0])),
}
