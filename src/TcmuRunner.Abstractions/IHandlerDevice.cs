// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// An open device. It implements <see cref="IBlockDevice"/> (the engine speaks SCSI for it), <see cref="IRawCommandDevice"/> (it speaks SCSI
/// itself), or both.
/// </summary>
public interface IHandlerDevice : IAsyncDisposable
{
    /// <summary>
    /// Required. What the device is and can do. Asked once, directly after open, and once more after a successful
    /// <see cref="IReconfigureDevice.ReconfigureAsync"/>.
    /// </summary>
    DeviceCharacteristics Characteristics { get; }
}
