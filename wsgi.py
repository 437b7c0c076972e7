from portal.app import create_app
from portal.starting import begun

app = begun(create_app)
