import { trainingStep } from './training-step.js'

export default trainingStep({ size: 64, batch: 64 })
