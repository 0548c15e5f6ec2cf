// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>What went wrong on the bus, for callers to switch on.</summary>
public enum BusErrorKind
{
    /// <summary>libsystemd is not installed.</summary>
    LibraryMissing = 1,

    /// <summary>There is no bus at the address, or it let nobody in.</summary>
    Unavailable = 2,

    /// <summary>The connection has ended.</summary>
    Disconnected = 3,

    /// <summary>The name on the bus belongs to another program, or the bus' policy keeps it from us.</summary>
    NameRefused = 4,

    /// <summary>The other side answered with an error; <see cref="BusException.ErrorName"/> is its name.</summary>
    Remote = 5,

    /// <summary>No answer came in time.</summary>
    TimedOut = 6,

    /// <summary>A message could not be written or read.</summary>
    Protocol = 7,
}
