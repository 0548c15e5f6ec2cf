// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>Where a device is in its life.</summary>
public enum TcmuDeviceState
{
    /// <summary>Its handler is opening it for the first time.</summary>
    Opening = 0,

    /// <summary>Commands are executed.</summary>
    Serving = 1,

    /// <summary>It could not be served, and will be tried again.</summary>
    Retrying = 2,

    /// <summary>It cannot be served by this program, and is tried again only when its configuration changes.</summary>
    Failed = 3,
}
