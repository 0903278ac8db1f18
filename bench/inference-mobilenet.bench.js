import { inferenceRate } from './rate.js'

export default inferenceRate({ net: 'mobilenet_v2' })
