// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Tcmu;

/// <summary>Which way the data of a command go.</summary>
public enum DataDirection
{
    None = 0,

    /// <summary>From the initiator to the device.</summary>
    Out = 1,

    /// <summary>From the device to the initiator.</summary>
    In = 2,

    /// <summary>Both, in separate buffers.</summary>
    Both = 3,
}
