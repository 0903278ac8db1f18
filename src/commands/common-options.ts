/** The options that commands share: those of every command, and those of every command that takes a MODEL. */
import { z } from 'zod'
import { fits } from '../nets/architecture.ts'
import { devices } from '../runtime/engine.ts'
import type { CommandDefinition } from './command.ts'

/** The options that every command takes. */
export const commonOptions = z.object({
  out: z
    .string()
    .min(1)
    .optional()
    .describe('folder for the results (default: a fresh one under runs/)')
    .meta({ value: 'DIR' }),
  seed: z.number().int().min(0).default(0).describe('seed of all randomness'),
  device: z.enum(devices).default('cpu').describe('where graphs are executed'),
  threads: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('threads of the engine (default: one per core)'),
  json: z
    .boolean()
    .default(false)
    .describe('print exactly one JSON object on standard output, the same as result.json'),
  quiet: z.boolean().default(false).describe('no progress and no notes'),
})

/** Options of every command that takes a MODEL, for what its file does not say. */
export const modelOptions = z.object({
  output: z
    .string()
    .min(1)
    .optional()
    .describe('which output of an ONNX model, or value inside it, is meant')
    .meta({ value: 'NAME' }),
  as: z
    .enum(['classes', 'embedding'])
    .optional()
    .describe('read the model’s numbers as scores of classes, or as an embedding'),
  fit: z
    .enum(fits)
    .optional()
    .describe(
      'how an image becomes the square that the network sees: its centre, the whole with colour around it, or the whole with its ratio changed; as the model says unless given',
    ),
  classes: z
    .string()
    .min(1)
    .optional()
    .describe('names of the classes in the order of the outputs: one per line, or JSON')
    .meta({ value: 'FILE', kind: 'file' }),
})

const noOptions = z.object({})

/** The options about models that a command takes; its own options come first where they have the same name. */
export const modelOptionsOf = (command: CommandDefinition): z.ZodObject =>
  command.arguments.some(({ name }) => ['model', 'models', 'comparison'].includes(name)) &&
  !Object.keys(modelOptions.shape).some(key => key in command.options.shape)
    ? modelOptions
    : noOptions
