#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

// Opens a connection to the service manager: over its private socket, as systemctl(1) does, because the bus stops early in a
// shutdown; or over the bus where the private socket can't be opened.
static inline int csystemd_open_manager(sd_bus **bus) {
    int result = sd_bus_new(bus);
    if (result < 0) return result;
    result = sd_bus_set_address(*bus, "unix:path=/run/systemd/private");
    if (result >= 0) result = sd_bus_start(*bus);
    if (result >= 0) return result;
    *bus = sd_bus_unref(*bus);
    return sd_bus_open_system(bus);
}

// Writes the type of the job that the service manager runs on a process's unit ("stop", "restart", …;
// org.freedesktop.systemd1(5)) to `type`, cut to `size` bytes; an empty string where there is none. Returns a negative errno
// where there is no answer. A shim, because sd-bus's functions are variadic.
static inline int csystemd_pending_job(uint32_t process, char *type, size_t size) {
    static const char *manager = "org.freedesktop.systemd1";
    sd_bus *bus = NULL;
    sd_bus_message *unit = NULL, *job = NULL;
    const char *path = NULL;
    char *text = NULL;
    uint32_t number = 0;
    type[0] = 0;
    int result = csystemd_open_manager(&bus);
    if (result >= 0)
        result = sd_bus_call_method(
            bus, manager, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "GetUnitByPID", NULL, &unit,
            "u", process);
    if (result >= 0) result = sd_bus_message_read(unit, "o", &path);
    if (result >= 0)
        result = sd_bus_get_property(bus, manager, path, "org.freedesktop.systemd1.Unit", "Job", NULL, &job, "(uo)");
    if (result >= 0) result = sd_bus_message_read(job, "(uo)", &number, &path);
    if (result >= 0 && number != 0)
        result = sd_bus_get_property_string(
            bus, manager, path, "org.freedesktop.systemd1.Job", "JobType", NULL, &text);
    if (result >= 0 && text != NULL) snprintf(type, size, "%s", text);
    free(text);
    sd_bus_message_unref(job);
    sd_bus_message_unref(unit);
    sd_bus_flush_close_unref(bus);
    return result;
}
