"""What a release needs beside the code: the public address, one version everywhere."""
