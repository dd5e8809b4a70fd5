"""What is kept on disk between two runs, safe against a kill at any moment.

In: how far the channel has been read, what TheHive would not take, signs of life. Out: the same, whole,
or the version before. This room asks nobody anything.
"""
