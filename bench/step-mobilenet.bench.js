import { trainingStep } from './training-step.js'

export default trainingStep({ net: 'mobilenet_v2', size: 128, batch: 32 })
