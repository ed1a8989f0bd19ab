print("rtcbench")
