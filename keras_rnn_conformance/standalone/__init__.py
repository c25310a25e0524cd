"""What runs outside the package, on Python 3.6 with an old Keras: single files without the project.

They import nothing of ours, and are copied or started by path.
"""
