/** The table of all pretext tasks. A new task is a file, an import and a line here. */
import { closestNames } from '../../base/closest.ts'
import { GlasshouseError } from '../../base/errors.ts'
import type { PretextTask } from './task.ts'
import { blur } from './tasks/blur.ts'
import { crop, cropped } from './tasks/crop.ts'
import { flip, flipVertical } from './tasks/flip.ts'
import { hue } from './tasks/hue.ts'
import { jpeg } from './tasks/jpeg.ts'
import { rotation } from './tasks/rotation.ts'
import { scale } from './tasks/scale.ts'
import { time } from './tasks/time.ts'

export const pretextTasks: ReadonlyMap<string, PretextTask> = new Map(
  [flip, flipVertical, crop, cropped, rotation, scale, blur, jpeg, hue, time].map(task => [task.name, task]),
)

/** @throws GlasshouseError 'unknown-task', with the closest names */
export function pretextTaskNamed(name: string): PretextTask {
  const task = pretextTasks.get(name)
  if (task) return task
  throw new GlasshouseError({
    code: 'unknown-task',
    what: `there is no pretext task called '${name}'`,
    expected: closestNames(name, pretextTasks.keys()).join(', '),
  })
}
