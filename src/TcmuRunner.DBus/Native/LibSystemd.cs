// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TcmuRunner.DBus.Native;

/// <summary>
/// libsystemd: systemd/sd-bus.h and systemd/sd-daemon.h. Raw calls, which answer with a negative errno when they fail; none of them is
/// variadic. A bus and all that belongs to it is used by one thread.
/// </summary>
internal static unsafe partial class LibSystemd
{
    internal const string Library = "libsystemd.so.0";

    [LibraryImport(Library, EntryPoint = "sd_bus_open_system")]
    internal static partial int BusOpenSystem(out nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_new")]
    internal static partial int BusNew(out nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_set_address", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BusSetAddress(nint bus, string address);

    [LibraryImport(Library, EntryPoint = "sd_bus_set_bus_client")]
    internal static partial int BusSetBusClient(nint bus, int enabled);

    [LibraryImport(Library, EntryPoint = "sd_bus_start")]
    internal static partial int BusStart(nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_flush_close_unref")]
    internal static partial nint BusFlushCloseUnref(nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_process")]
    internal static partial int BusProcess(nint bus, nint message);

    [LibraryImport(Library, EntryPoint = "sd_bus_get_fd")]
    internal static partial int BusGetFd(nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_get_events")]
    internal static partial int BusGetEvents(nint bus);

    /// <summary>When <see cref="BusProcess"/> is to be called at the latest: microseconds of CLOCK_MONOTONIC; all ones for never.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_get_timeout")]
    internal static partial int BusGetTimeout(nint bus, out ulong timeout);

    [LibraryImport(Library, EntryPoint = "sd_bus_get_unique_name")]
    internal static partial int BusGetUniqueName(nint bus, out byte* name);

    [LibraryImport(Library, EntryPoint = "sd_bus_request_name", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BusRequestName(nint bus, string name, ulong flags);

    [LibraryImport(Library, EntryPoint = "sd_bus_add_fallback", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BusAddFallback(
        nint bus, out nint slot, string prefix, delegate* unmanaged[Cdecl]<nint, nint, nint, int> callback, nint userdata);

    [LibraryImport(Library, EntryPoint = "sd_bus_add_match", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BusAddMatch(
        nint bus, out nint slot, string match, delegate* unmanaged[Cdecl]<nint, nint, nint, int> callback, nint userdata);

    [LibraryImport(Library, EntryPoint = "sd_bus_slot_unref")]
    internal static partial nint SlotUnref(nint slot);

    [LibraryImport(Library, EntryPoint = "sd_bus_send")]
    internal static partial int BusSend(nint bus, nint message, nint cookie);

    [LibraryImport(Library, EntryPoint = "sd_bus_call_async")]
    internal static partial int BusCallAsync(
        nint bus, out nint slot, nint message, delegate* unmanaged[Cdecl]<nint, nint, nint, int> callback, nint userdata, ulong timeout);

    /// <summary>Whether the sender of a call may do what needs a capability: 1 yes, 0 no. Without the sender's capabilities, as from a
    /// bus daemon, its user decides.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_query_sender_privilege")]
    internal static partial int BusQuerySenderPrivilege(nint call, int capability);

    /// <summary>Tells systemd of the state of this service; 0 where no service manager asked for it.</summary>
    [LibraryImport(Library, EntryPoint = "sd_notify", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Notify(int unsetEnvironment, string state);

    /// <summary>The text of a C string; null for a null pointer.</summary>
    internal static string? Text(nint text) => Marshal.PtrToStringUTF8(text);
}
