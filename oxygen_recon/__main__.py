"""The command line as `python -m oxygen_recon`."""

from oxygen_recon.cli import main

if __name__ == "__main__":
    main()
