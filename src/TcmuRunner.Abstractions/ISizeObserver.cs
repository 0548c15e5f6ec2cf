// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Hears that a backing store has got another size. Thread safe.</summary>
public interface ISizeObserver
{
    /// <summary>
    /// The backing store has another size, which <see cref="IHandlerDevice.Characteristics"/> tells already. Does not block. The disk follows a
    /// little later, unless its administrator has given it a size of its own, and the initiators are told.
    /// </summary>
    void SizeChanged();
}
