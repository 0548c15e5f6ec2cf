// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Which calls into a device may overlap.</summary>
public enum DeviceThreading
{
    /// <summary>Any number of operations at a time, from any loop. The choice of everything that is fast.</summary>
    Concurrent = 0,

    /// <summary>One operation at a time: the engine queues the others. For code that is not thread safe.</summary>
    Serialized = 1,
}
